import type { KubeObject } from '../src/api/metadata.ts';
import type { ClaimPatch } from '../src/core/decision.ts';
import { type EventsOptions, events } from '../src/kube/events.ts';

/** What claims are told is told to people as well. */
export interface ClaimEvents {
  /** Says of a claim what it was told; of each resource only so much. */
  tell(resource: string, claim: KubeObject, patch: ClaimPatch): void;
  stop(): void;
}

/** Said so often, or so plainly on the claim, that an event would add nothing. */
const UNSAID: ReadonlySet<string> = new Set(['Renewed', 'Waiting']);

const NORMAL: ReadonlySet<string> = new Set(['Granted', 'Recorded', 'Open']);

export function claimEvents(options: Omit<EventsOptions, 'component'>): ClaimEvents {
  const { tell, stop } = events({ ...options, component: 'sync.konductor.io/operator' });
  return {
    tell(resource, claim, { reason, message }) {
      if (UNSAID.has(reason)) return;
      tell(resource, claim, { type: NORMAL.has(reason) ? 'Normal' : 'Warning', reason, message });
    },
    stop,
  };
}
