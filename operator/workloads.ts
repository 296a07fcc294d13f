import type { KubeObject, OwnerReference } from '../src/api/metadata.ts';
import type { Owner } from '../src/core/claim.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import type { Sight } from './watch-by-name.ts';

/** An object that does work, as far as it says whether it still does. */
export interface Workload extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface WorkloadKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly isFinished: (workload: Workload) => boolean;
}

const hasPhase =
  (...phases: readonly string[]) =>
  (workload: Workload) =>
    phases.includes(workload.status?.phase ?? '');

const hasTrue =
  (...types: readonly string[]) =>
  (workload: Workload) =>
    (workload.status?.conditions ?? []).some(({ type, status }) => types.includes(type) && status === 'True');

/** Tekton's runs have one condition; it is decided when it is one of these. */
const hasDecided =
  (...ends: readonly string[]) =>
  ({ status }: Workload) =>
    (status?.conditions ?? []).some((condition) => condition.type === 'Succeeded' && ends.includes(condition.status));

/** Kinds whose end ends what they hold. An owner of any other kind only cleans up. */
export const WORKLOADS: readonly WorkloadKind[] = [
  { group: '', kind: 'Pod', plural: 'pods', isFinished: hasPhase('Succeeded', 'Failed') },
  { group: 'batch', kind: 'Job', plural: 'jobs', isFinished: hasTrue('Complete', 'Failed') },
  {
    group: 'argoproj.io',
    kind: 'Workflow',
    plural: 'workflows',
    isFinished: hasPhase('Succeeded', 'Failed', 'Error'),
  },
  { group: 'tekton.dev', kind: 'PipelineRun', plural: 'pipelineruns', isFinished: hasDecided('True', 'False') },
  // one that somebody made by hand has succeeded as soon as it holds: it holds until it is deleted
  { group: 'tekton.dev', kind: 'CustomRun', plural: 'customruns', isFinished: hasDecided('False') },
];

/** The owners of a claim that do work: most have none or one. */
export const workloadOwners = ({ metadata: { ownerReferences } }: KubeObject): readonly OwnerReference[] =>
  ownerReferences?.filter((reference) => kindOf(reference) !== undefined) ?? NONE;

const NONE: readonly OwnerReference[] = [];

export const isFinished = (workload: Workload): boolean => kindOf(workload)?.isFinished(workload) ?? false;

/** What a look at an owner came to. `unseen`: it may not be read; `untold`: the server did not say, and may later. */
export type Sighting = 'alive' | 'finished' | 'unseen' | 'untold';

export function sightingIn(sight: Sight<Workload>, uid: string): Sighting {
  if (sight === 'unserved' || sight === 'unreadable') return 'unseen';
  // another of the same name: the owner is gone, and the garbage collector is about to say so
  if (sight === 'missing' || sight.metadata.uid !== uid) return 'finished';
  return isFinished(sight) ? 'finished' : 'alive';
}

/** As much of it as is looked at here: the rest may be large. */
export function outlineOf({ apiVersion, kind, metadata, status }: Workload): Workload {
  const { name, uid, resourceVersion, creationTimestamp } = metadata;
  const { phase, conditions } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion, creationTimestamp },
    status: { ...(phase && { phase }), ...(conditions && { conditions }) },
  };
}

/** Where it is served, in the version its reference names. */
export function placeOf(reference: OwnerReference): ResourceType<Workload> {
  const { group, version } = split(reference.apiVersion);
  const { kind } = reference;
  return { group, version, kind, plural: kindOf(reference)?.plural ?? '', namespaced: true };
}

/** Several owners share what they own: it goes when the last has finished. */
export function stateOfAll(states: readonly Owner[]): Owner {
  if (states.length === 0) return 'none';
  return (['alive', 'unseen'] as const).find((state) => states.includes(state)) ?? 'finished';
}

const kindOf = ({ apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>): WorkloadKind | undefined =>
  WORKLOADS.find((workload) => workload.kind === kind && workload.group === split(apiVersion).group);

function split(apiVersion: string): { readonly group: string; readonly version: string } {
  const [group, version] = apiVersion.split('/') as [string, string | undefined];
  return version === undefined ? { group: '', version: group } : { group, version };
}
