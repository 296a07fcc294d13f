import type { Condition } from '../api/condition.ts';
import type { ObjectMeta } from '../api/metadata.ts';
import { formatTime } from '../api/time.ts';
import type { Moment } from './moment.ts';

/** What is so, without the bookkeeping. */
export interface Finding {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/** The one place that turns findings into conditions: a transition has a time only when there was one. */
export function conditionsOf(
  findings: readonly Finding[],
  before: readonly Condition[] | undefined,
  generation: number | undefined,
  now: Moment,
): Condition[] {
  return findings.map((finding) => {
    const old = before?.find(({ type }) => type === finding.type);
    return {
      ...finding,
      ...(generation !== undefined && { observedGeneration: generation }),
      lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : formatTime(now.wall),
    };
  });
}

/** Whether a resource answers claims. */
export const readiness = ({ deletionTimestamp }: ObjectMeta): Finding =>
  deletionTimestamp === undefined
    ? { type: 'Ready', status: 'True', reason: 'Arbitrating', message: 'claims are answered' }
    : {
        type: 'Ready',
        status: 'False',
        reason: 'Terminating',
        message: 'grants nothing more; goes when its holders have',
      };
