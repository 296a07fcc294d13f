import { GROUP } from '../../src/api/group.ts';
import type { Step } from '../step.ts';
import { readStepRequest } from '../step-options.ts';
import { isDone, PipelineRun } from './kinds.ts';

/** What a PipelineRun that is to wait its turn says, and is told. The names are those that Pods use. */
export const ANNOTATIONS = {
  semaphore: `${GROUP}/semaphore`,
  lease: `${GROUP}/lease`,
  /** Told: how it stands, for people. */
  queue: `${GROUP}/queue`,
  /** Told: the fencing token, which every Pod of the run inherits. */
  token: `${GROUP}/token`,
} as const;

const OPTIONS = ['namespace', 'weight', 'priority', 'ttl', 'timeout', 'permits', 'holder', 'when-unavailable'];

export const isPending = (run: PipelineRun): boolean => run.spec.status === 'PipelineRunPending' && !isEnding(run);

export const isEnding = (run: PipelineRun): boolean => isDone(run) || run.metadata.deletionTimestamp !== undefined;

export const isQueued = ({ metadata: { annotations } }: PipelineRun): boolean =>
  annotations?.[ANNOTATIONS.semaphore] !== undefined || annotations?.[ANNOTATIONS.lease] !== undefined;

export type ReadQueued =
  | { readonly step: Step; readonly problem?: never }
  | { readonly problem: string; readonly step?: never };

/** The step that such a run waits for, or what is wrong with its annotations. */
export function readQueued(run: PipelineRun): ReadQueued {
  const { annotations = {}, namespace = '' } = run.metadata;
  const semaphore = annotations[ANNOTATIONS.semaphore];
  const lease = annotations[ANNOTATIONS.lease];
  if (semaphore !== undefined && lease !== undefined) {
    return { problem: `${ANNOTATIONS.lease}: give this or ${ANNOTATIONS.semaphore}, not both` };
  }
  const given = OPTIONS.flatMap((option) => {
    const value = annotations[`${GROUP}/${option}`];
    return value === undefined ? [] : [[option, value] as const];
  });
  const kind = semaphore === undefined ? 'Lease' : 'Semaphore';
  const written = { ...Object.fromEntries(given), name: semaphore ?? lease };
  const { request, problem } = readStepRequest(kind, written);
  if (problem !== undefined) return { problem: `${GROUP}/${problem.replace(/^name:/, `${kind.toLowerCase()}:`)}` };
  const resource = { kind, name: request.name, namespace: request.namespace ?? namespace } as const;
  return { step: { ...stepFor(run, resource), options: request.options } };
}

/** The step of a run that waits as a whole for that. */
export function stepFor({ metadata }: PipelineRun, resource: Step['resource']): Step {
  const { namespace = '', name, uid, creationTimestamp } = metadata;
  const isElsewhere = resource.namespace !== namespace;
  return {
    resource,
    action: 'acquire',
    options: {},
    namespace,
    owner: { apiVersion: 'tekton.dev/v1', kind: PipelineRun.kind, name, uid },
    // it has waited since it was made, whoever was not running then
    askedAt: Date.parse(creationTimestamp),
    // no task's CustomRun can have this name
    identity: { run: uid, step: `run:${name}`, holder: isElsewhere ? `${namespace}/${name}` : name },
  };
}
