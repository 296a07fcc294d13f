import type { KubeObject } from '../../src/api/metadata.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { until } from '../cluster/until.ts';
import { aGatedPod } from '../support/gated-pods.ts';

/** What people do with a cluster, so that there is something to be counted. */
export interface Work {
  /** One permit that is held, and two claims and a gated Pod that wait for it. */
  fillQueue(): Promise<void>;
  /** A hold that is not renewed, a claim that is denied, a Pod that is let go: kept when all that has happened. */
  round(): Promise<void>;
  /** A semaphore whose status the API server lets nobody write, and a claim on it, which is granted once that is over. */
  refuseSwaps(): Promise<AsyncDisposable>;
}

interface Phased extends KubeObject {
  readonly status?: { readonly phase?: string };
  readonly spec: { readonly schedulingGates?: readonly unknown[] };
}

const OURS = 'sync.konductor.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const SOON = 20_000;

export function work(cluster: ClusterAccess, namespace: string): Work {
  const ours = `/apis/${OURS}/namespaces/${namespace}`;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  let made = 0;

  const make = async (path: string, object: object): Promise<void> => {
    const { status, body } = await cluster.request('POST', path, object);
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
  };
  const semaphore = (name: string, permits: number) =>
    make(`${ours}/semaphores`, { apiVersion: OURS, kind: 'Semaphore', metadata: { name }, spec: { permits } });
  const permit = (
    name: string,
    spec: { readonly semaphore: string; readonly ttl?: string; readonly weight?: number },
  ) =>
    make(`${ours}/permits`, { apiVersion: OURS, kind: 'Permit', metadata: { name }, spec: { holder: name, ...spec } });
  const becomes = (path: string, what: string, isSo: (object: Phased) => boolean) =>
    until(async () => isSo((await cluster.request<Phased>('GET', path)).body), { within: SOON, what });
  const phase = (name: string, wanted: string) =>
    becomes(`${ours}/permits/${name}`, `permit ${name} is ${wanted}`, ({ status }) => status?.phase === wanted);

  return {
    async fillQueue() {
      await semaphore('queue', 1);
      await semaphore('open', 100);
      await permit('holder', { semaphore: 'queue' });
      await phase('holder', 'Granted');
      for (const name of ['second', 'third']) await permit(name, { semaphore: 'queue' });
      await make(pods, aGatedPod('waits', { semaphore: 'queue' }));
    },

    async round() {
      const [lost, denied, free] = ['lost', 'denied', 'free'].map((name) => `${name}-${made}`) as [
        string,
        string,
        string,
      ];
      made++;
      await permit(lost, { semaphore: 'open', ttl: '1s' });
      await permit(denied, { semaphore: 'open', weight: 101 });
      await make(pods, aGatedPod(free, { semaphore: 'open' }));
      await phase(denied, 'Denied');
      const isFree = ({ spec }: Phased) => (spec.schedulingGates ?? []).length === 0;
      await becomes(`${pods}/${free}`, `Pod ${free} may be scheduled`, isFree);
      await phase(lost, 'Expired');
    },

    async refuseSwaps() {
      const refused = `refused-${made++}`;
      const name = `${namespace}-${refused}`;
      const policies = `${ADMISSION}/validatingadmissionpolicies`;
      const bindings = `${ADMISSION}/validatingadmissionpolicybindings`;
      const status = { apiGroups: ['sync.konductor.io'], apiVersions: ['v1'], resources: ['semaphores/status'] };
      await semaphore(refused, 1);
      await make(policies, {
        metadata: { name },
        spec: {
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            resourceRules: [{ ...status, operations: ['UPDATE'] }],
          },
          validations: [{ expression: `object.metadata.name != '${refused}'`, message: 'nobody may' }],
        },
      });
      await make(bindings, { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } });
      // the API server hears of a policy a moment later
      const path = `${ours}/semaphores/${refused}/status?dryRun=All`;
      const isRefused = async () =>
        (await cluster.request('PATCH', path, { metadata: { labels: { probe: 'on' } } })).status !== 200;
      await until(isRefused, { within: SOON, what: 'the policy is in force' });
      await permit(`asks-${refused}`, { semaphore: refused });
      return {
        async [Symbol.asyncDispose]() {
          await cluster.request('DELETE', `${bindings}/${name}`);
          await cluster.request('DELETE', `${policies}/${name}`);
          await phase(`asks-${refused}`, 'Granted');
        },
      };
    },
  };
}
