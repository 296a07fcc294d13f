import type { OwnerReference } from '../../src/api/metadata.ts';
import type { Step } from '../step.ts';
import type { Begun } from './asked.ts';
import { CustomRun } from './kinds.ts';

/**
 * The step that a CustomRun is. Tekton makes a CustomRun anew that somebody deleted, under its old name and with another
 * uid: so the PipelineRun and the name say which step it is, and a lock that it has is found again.
 */
export function stepOf({ metadata }: CustomRun, { request, attempt, since }: Begun): Step {
  const { name, namespace = '', uid } = metadata;
  const owner = pipelineRunOf(metadata.ownerReferences) ?? { ...OF_CUSTOM_RUN, name, uid };
  const isElsewhere = request.namespace !== undefined && request.namespace !== namespace;
  return {
    resource: { kind: request.kind, name: request.name, namespace: request.namespace ?? namespace },
    action: request.action,
    options: request.options,
    namespace,
    owner,
    askedAt: since,
    // names are distinct within a namespace only
    identity: { run: owner.uid, step: name, attempt, holder: isElsewhere ? `${namespace}/${name}` : name },
  };
}

const OF_CUSTOM_RUN = { apiVersion: 'tekton.dev/v1beta1', kind: CustomRun.kind };

/** What is held lives as long as this; a CustomRun that somebody made by hand keeps it itself. */
const pipelineRunOf = (owners: readonly OwnerReference[] = []): OwnerReference | undefined =>
  owners.find(
    ({ apiVersion, kind, controller }) => controller && kind === 'PipelineRun' && apiVersion.startsWith('tekton.dev/'),
  );
