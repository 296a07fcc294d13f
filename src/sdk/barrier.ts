import { Arrival } from '../api/arrival.ts';
import { Barrier } from '../api/barrier.ts';
import { claimLabelsOf, claimNameOf } from '../api/claim-name.ts';
import { API_VERSION } from '../api/group.ts';
import { generationOf } from '../core/barrier-generation.ts';
import { isAlreadyExists } from '../kube/errors.ts';
import { checkedClaim } from './checked.ts';
import { BarrierFailedError, BarrierTimeoutError, DeniedError, type KonductorError } from './errors.ts';
import type { ArriveOptions, BarrierWaitOptions, WaitOptions } from './options.ts';
import { getObject, telling } from './resources.ts';
import type { Session } from './session.ts';
import { targetOf } from './target.ts';
import { waitFor } from './wait-for.ts';
import { NO_OPERATOR } from './waiting.ts';

/** An arrival, and the barrier as it was just before. */
export interface Arrived {
  readonly arrival: Arrival;
  readonly barrier: Barrier;
}

/** Says that the holder is there. The same holder in the same generation is one Arrival, however often it is said. */
export async function arrive(
  session: Session,
  name: string,
  options: ArriveOptions & Pick<WaitOptions, 'signal'>,
): Promise<Arrived> {
  const { namespace = session.namespace, holder = session.holder, generation, signal } = options;
  const target = targetOf(name, namespace);
  const elsewhere = target.namespace === namespace ? undefined : target.namespace;
  const doing = `arrive at barrier "${name}"`;
  const barrier = await getObject(session, Barrier, target.name, { ...target, signal });
  requirePassable(barrier);
  const owner = session.ownerIn(namespace);
  const round = generation ?? roundOf(barrier);
  const requestId = JSON.stringify([barrier.metadata.uid, round]);
  const arrival = {
    apiVersion: API_VERSION,
    kind: 'Arrival' as const,
    metadata: {
      // a barrier that was made anew is another one
      name: claimNameOf({ resource: target.name, holderUid: holder, requestId }),
      namespace,
      labels: claimLabelsOf('barrier', target.name),
      ...(owner && { ownerReferences: [owner] }),
    },
    spec: {
      barrier: target.name,
      ...(elsewhere !== undefined && { barrierNamespace: elsewhere }),
      holder,
      ...(generation !== undefined && { generation }),
    },
  } as const;
  await checkedClaim(Arrival, arrival, doing);
  const arrivals = session.kube.of(Arrival, namespace);
  const made = await telling(doing, () =>
    arrivals.create(arrival, { signal }).catch((error: unknown) => {
      if (isAlreadyExists(error)) return arrivals.get(arrival.metadata.name, { signal });
      throw error;
    }),
  );
  return { arrival: made, barrier };
}

/** Waits until the barrier is open: a cyclic one, until the given generation has been, or the current one. */
export async function waitBarrier(session: Session, name: string, options: BarrierWaitOptions): Promise<void> {
  let generation = options.generation;
  const target = targetOf(name, options.namespace ?? session.namespace);
  await waitFor({
    session,
    kind: Barrier,
    name: target.name,
    options: { ...options, namespace: target.namespace },
    look(barrier) {
      const current = generationOf(barrier);
      // a name that means another barrier now is not the one that was waited for; its count begins anew
      generation ??= current;
      // the next one begins only after this one has opened
      if (current > generation) return true;
      requirePassable(barrier);
      return (current === generation && barrier.status?.phase === 'Open') || undefined;
    },
    say: sayArrived,
  });
}

export async function arriveAndWait(
  session: Session,
  name: string,
  options: ArriveOptions & WaitOptions,
): Promise<void> {
  const { arrival, barrier } = await arrive(session, name, options);
  const generation = barrier.spec.cyclic ? await generationOfArrival(session, arrival, options) : undefined;
  await waitBarrier(session, name, { ...options, generation });
}

/** The operator says which one it counted for: between our look and our arrival the barrier may have opened. */
function generationOfArrival(session: Session, arrival: Arrival, options: WaitOptions): Promise<number> {
  const { name, namespace } = arrival.metadata;
  return waitFor({
    session,
    kind: Arrival,
    name,
    options: { ...options, namespace },
    look({ status, spec }) {
      if (status?.phase !== 'Denied') return status?.phase && (status.generation ?? spec.generation ?? 1);
      const { reason = 'Denied', message = 'the operator gave no reason' } = status.conditions?.[0] ?? {};
      throw new DeniedError(`the arrival at barrier "${spec.barrier}" was refused: ${message}`, { reason });
    },
    say: ({ status }) => status?.conditions?.[0]?.message ?? NO_OPERATOR,
  });
}

/** Which round an arrival is meant for: at an open cyclic barrier, the next one. */
const roundOf = (barrier: Barrier): number | string =>
  barrier.spec.cyclic && barrier.status?.phase === 'Open' ? `after ${generationOf(barrier)}` : generationOf(barrier);

function requirePassable(barrier: Barrier): void {
  const error = failureOf(barrier);
  if (error) throw error;
}

function failureOf(barrier: Barrier): KonductorError | undefined {
  const { metadata, spec, status } = barrier;
  const again = `${sayArrived(barrier)}; delete it and make it anew to meet again`;
  if (status?.phase === 'Timeout') {
    return new BarrierTimeoutError(`barrier "${metadata.name}" timed out after ${spec.timeout}: ${again}`);
  }
  if (status?.phase !== 'Failed') return undefined;
  return new BarrierFailedError(`barrier "${metadata.name}" failed: ${again}`);
}

const sayArrived = ({ spec, status }: Barrier): string =>
  status ? `${status.arrived ?? 0} of ${spec.quorum ?? spec.expected} have arrived` : NO_OPERATOR;
