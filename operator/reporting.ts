import type { Clock } from '../src/api/clock.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import type { Decision } from '../src/core/decision.ts';
import { isAborted, KubeError, TransportError } from '../src/kube/errors.ts';
import type { Log } from '../src/kube/log.ts';
import type { ControllerWatcher } from './controller.ts';
import type { ClaimEvents } from './events.ts';
import type { OperatorMetrics } from './metrics.ts';
import type { SeenClaims } from './seen.ts';

export interface Reporting {
  readonly kind: string;
  readonly metrics: OperatorMetrics;
  readonly events: ClaimEvents;
  readonly log: Log;
  readonly seen: SeenClaims;
  readonly clock: Clock;
}

/** Turns what a controller does into metrics, events and lines of log. */
export function watcherOf({ kind, metrics, events, log, seen, clock }: Reporting): ControllerWatcher {
  return {
    onDecided(key, decision, milliseconds) {
      metrics.decide.observe({ kind }, milliseconds / 1_000);
      const did = summaryOf(decision);
      if (did) log.debug({ kind, resource: key, ...did }, 'decided');
    },
    onTold(key, claim, patch) {
      const { reason, status } = patch;
      if (reason === 'Granted' && claim) {
        metrics.grants.inc({ kind });
        metrics.wait.observe({ kind }, (clock.monotonic() - seen.of(claim).first.elapsed) / 1_000);
      }
      if (status['phase'] === 'Expired' || status['phase'] === 'Lost') metrics.expirations.inc({ kind, reason });
      if (status['phase'] === 'Denied') metrics.refusals.inc({ kind, reason });
      if (claim) events.tell(`${kind} ${key}`, claim, patch);
    },
    onSwapped: (result) => metrics.swaps.inc({ kind, result }),
    onDone({ waited, worked }) {
      metrics.workqueueWait.observe({ kind }, waited / 1_000);
      metrics.workqueueWork.observe({ kind }, worked / 1_000);
    },
    onError(key, error) {
      if (isAborted(error)) return;
      metrics.errors.inc({ area: kind });
      const isTheirs = error instanceof KubeError || error instanceof TransportError;
      // anything else is a fault of ours: retried as well, and said loudly
      log[isTheirs ? 'warn' : 'error']({ kind, resource: key, error }, 'will be decided again after an error');
    },
  };
}

/** What a decision does, in numbers; undefined when it does nothing. */
function summaryOf({ revoke, swap, announce, finalizer, collect }: Decision<object>): object | undefined {
  if (revoke.length + announce.length + collect.length === 0 && !swap && !finalizer) return undefined;
  return {
    ...(revoke.length > 0 && { revoke: revoke.map(({ claim, reason }) => `${claim.name}: ${reason}`).slice(0, SAID) }),
    ...(swap && { swap: swap.urgent ? 'now' : 'when it rests' }),
    ...(announce.length > 0 && {
      announce: announce.map(({ claim, reason }) => `${claim.name}: ${reason}`).slice(0, SAID),
      announced: announce.length,
    }),
    ...(finalizer && { finalizer }),
    ...(collect.length > 0 && { collect: collect.length }),
  };
}

/** A line of log names so many claims. */
const SAID = 8;

/** Measures how long claims hold. To be told of a change before `seen` is. */
export function holdsObserver({ kind, metrics, seen, clock }: Omit<Reporting, 'events' | 'log'>) {
  const isHeld = (claim: Phased | undefined): claim is Phased => claim?.status?.phase === 'Granted';
  return (old: Phased | undefined, claim: Phased | undefined): void => {
    const goesOn = isHeld(claim) && claim.metadata.uid === old?.metadata.uid;
    if (!isHeld(old) || goesOn) return;
    metrics.hold.observe({ kind }, (clock.monotonic() - seen.of(old).phase.elapsed) / 1_000);
  };
}

interface Phased extends KubeObject {
  readonly status?: { readonly phase?: string };
}
