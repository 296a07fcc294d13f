import type { Step, StepIdentity } from '../../plugins/step.ts';
import { readStepRequest, type StepKind } from '../../plugins/step-options.ts';
import type { OwnerReference } from '../../src/api/metadata.ts';

/** A run of some engine: what its steps hold lives as long as it. */
export interface EngineRun {
  readonly namespace: string;
  readonly owner: OwnerReference;
}

export interface EngineStep {
  readonly kind?: StepKind;
  readonly name?: string;
  readonly namespace?: string;
  readonly askedAt?: number;
  readonly identity?: Partial<StepIdentity>;
  readonly [option: string]: unknown;
}

export const aRun = (name = 'run-1', uid = `uid-of-${name}`): EngineRun => ({
  namespace: 'default',
  owner: { apiVersion: 'v1', kind: 'Pod', name, uid },
});

/** A step as an adapter would hand it in; options are what a user writes. */
export function aStep(run: EngineRun, step: string, written: EngineStep = {}): Step {
  const { kind = 'Semaphore', name = 'db', askedAt, identity, ...options } = written;
  const { request, problem } = readStepRequest(kind, { name, ...options });
  if (problem !== undefined) throw new Error(problem);
  return {
    resource: { kind, name, namespace: request.namespace ?? run.namespace },
    action: request.action,
    options: request.options,
    identity: { run: run.owner.uid, step, holder: `${run.owner.name}/${step}`, ...identity },
    namespace: run.namespace,
    owner: run.owner,
    askedAt,
  };
}
