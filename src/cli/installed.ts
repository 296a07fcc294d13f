import { GROUP, VERSION } from '../api/group.ts';
import { KINDS } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import { parseTime } from '../api/time.ts';
import type { KubeClient } from '../kube/client.ts';
import { CoordinationLease } from '../kube/coordination-lease.ts';
import { isNotFound } from '../kube/errors.ts';
import type { ResourceType } from '../kube/resource-type.ts';

/** Where to look for the operator. */
export interface OperatorPlace {
  readonly service: string;
  readonly operatorNamespace: string;
  readonly electionName: string;
}

export const USUAL_PLACE: OperatorPlace = {
  service: 'konductor-controller-manager',
  operatorNamespace: 'konductor-system',
  electionName: 'konductor-operator',
};

/** The operator as the API server knows it: no way into the cluster's own network is needed. */
export interface OperatorStatus {
  readonly image: string | undefined;
  readonly ready: number;
  readonly wanted: number;
  /** Which replica decides; undefined when none has renewed its election in time. */
  readonly leader: string | undefined;
}

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status?: { readonly readyReplicas?: number };
}

const Deployment: ResourceType<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

/** Undefined when there is none. */
export async function operatorStatus(
  kube: KubeClient,
  { service, operatorNamespace, electionName }: OperatorPlace,
  now: number,
  signal: AbortSignal,
): Promise<OperatorStatus | undefined> {
  const [deployment, election] = await Promise.all([
    orMissing(kube.of(Deployment, operatorNamespace).get(service, { signal })),
    orMissing(kube.of(CoordinationLease, operatorNamespace).get(electionName, { signal })),
  ]);
  const leader = election && leaderOf(election, now);
  if (!deployment && leader === undefined) return undefined;
  return {
    image: deployment?.spec.template.spec.containers[0]?.image,
    ready: deployment?.status?.readyReplicas ?? 0,
    wanted: deployment ? (deployment.spec.replicas ?? 1) : 0,
    leader,
  };
}

function leaderOf({ spec }: CoordinationLease, now: number): string | undefined {
  if (!spec?.holderIdentity || !spec.renewTime) return undefined;
  // judged by this machine's clock, which may differ: for people, nothing is decided on it
  const until = parseTime(spec.renewTime) + (spec.leaseDurationSeconds ?? 0) * 1_000;
  return until >= now ? spec.holderIdentity : undefined;
}

/** Our kinds that this server does not serve. */
export async function missingKinds(kube: KubeClient, signal: AbortSignal): Promise<readonly string[]> {
  const path = `/apis/${GROUP}/${VERSION}`;
  const answer = await orMissing(kube.call({ method: 'GET', path, signal }));
  const { resources = [] } = answer ? (JSON.parse(await answer.body.text()) as Discovery) : {};
  const served = new Set(resources.map(({ name }) => name));
  return KINDS.map(({ plural }) => plural).filter((plural) => !served.has(plural));
}

interface Discovery {
  readonly resources?: readonly { readonly name: string }[];
}

const orMissing = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
