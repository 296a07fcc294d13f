import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helmBinary, prometheusCrds } from '../cluster/binaries.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { ALERTS } from '../monitoring/watched.ts';
import { CHART, type Manifest, manifestsIn, rendered, SYSTEM } from './chart.ts';

/** Every value there is, set to something that shows. */
const EVERYTHING = {
  replicas: 3,
  image: { repository: 'registry.example/konductor', tag: '1.2.3', pullPolicy: 'Always' },
  imagePullSecrets: [{ name: 'pull' }],
  namespaces: ['team-a', SYSTEM],
  doors: { tekton: true, argo: true, pods: true },
  workloads: { argo: true, tekton: true },
  argo: { longestWait: '1h30m' },
  gates: { resources: [{ apiGroups: ['apps'], resources: ['deployments'] }] },
  crds: { enabled: true, keep: true },
  policy: { enabled: true },
  userRoles: { enabled: true },
  logLevel: 'debug',
  resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' }, claims: [] },
  podDisruptionBudget: { enabled: true },
  networkPolicy: { enabled: true, egressPorts: [443, 53] },
  serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'metrics' } },
  prometheusRule: { enabled: true, labels: { release: 'metrics' }, runbooks: 'https://docs.example/konductor/' },
  serviceAccount: { annotations: { 'example.com/role': 'konductor' } },
  podAnnotations: { 'example.com/note': 'yes' },
  podLabels: { team: 'platform' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { nodeAffinity: {} },
  priorityClassName: 'system-cluster-critical',
  createNamespace: true,
  global: {},
};

interface Labelled {
  readonly matchLabels: Readonly<Record<string, string>>;
}

let cluster: Cluster;
let valuesFile: string;
let text: string;

beforeAll(async () => {
  const folder = await prometheusCrds();
  const crds = ['servicemonitors', 'prometheusrules'].map((name) => join(folder, `monitoring.coreos.com_${name}.yaml`));
  cluster = await startCluster({ crds });
  valuesFile = join(cluster.dir, 'everything.json');
  await writeFile(valuesFile, JSON.stringify(EVERYTHING));
  text = await rendered(Object.entries(EVERYTHING).map(([name, value]) => `${name}=${JSON.stringify(value)}`));
  for (const namespace of [SYSTEM, 'team-a']) await kubectl(['create', 'namespace', namespace]);
  await kubectl(['apply', '--server-side', '--force-conflicts', '--validate=strict', '-f-'], text);
});
afterAll(() => cluster?.stop());

const kubectl = async (args: readonly string[], stdin?: string): Promise<string> => {
  const { code, stdout, stderr } = await cluster.kubectl(args, { ...(stdin && { stdin }) });
  expect(code, `kubectl ${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
};

/** As the API server keeps it. */
const kept = async <Spec>(kind: string, name = 'konductor-controller-manager') =>
  JSON.parse(await kubectl(['get', kind, name, '-n', SYSTEM, '-o', 'json'])) as Manifest & { readonly spec: Spec };

describe('the chart with every value set', () => {
  it('leaves none out', async () => {
    const schema = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
    expect(leavesOf(EVERYTHING, schema)).toEqual(leavesIn(schema));
  });

  it('passes Helm’s own lint', async () => {
    const args = ['lint', '--strict', '--kube-version=1.31.0', `--values=${valuesFile}`, CHART];
    const { stdout } = await promisify(execFile)(await helmBinary(), args);
    expect(stdout).toContain('0 chart(s) failed');
  });

  it('is taken by the API server, all of it', async () => {
    const made = (await kubectl(['get', '--filename=-', '--output=name'], text)).trim().split('\n');
    expect(made).toHaveLength(manifestsIn(text).length);
  });

  it('has a network policy for its own Pods, with the port they listen on and those they call', async () => {
    const { spec: policy } = await kept<{
      readonly podSelector: Labelled;
      readonly policyTypes: readonly string[];
      readonly ingress: readonly { readonly ports: readonly Port[]; readonly from?: unknown }[];
      readonly egress: readonly { readonly ports: readonly Port[] }[];
    }>('networkpolicy');
    const pod = await podTemplate();
    expect(pod.metadata.labels).toMatchObject(policy.podSelector.matchLabels);
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    const listens = pod.spec.containers.flatMap(({ ports }) => ports);
    expect(policy.ingress).toEqual([{ ports: listens.map(({ name }) => ({ protocol: 'TCP', port: name })) }]);
    expect(probesOf(pod)).toEqual(['http', 'http']);
    expect(policy.egress[0]?.ports).toEqual([
      { protocol: 'TCP', port: 443 },
      { protocol: 'UDP', port: 443 },
      { protocol: 'TCP', port: 53 },
      { protocol: 'UDP', port: 53 },
    ]);
  });

  it('has a service monitor that finds the service, and by it the Pods', async () => {
    const monitor = await kept<{
      readonly selector: Labelled;
      readonly endpoints: readonly {
        readonly port: string;
        readonly interval: string;
        readonly honorLabels: boolean;
      }[];
    }>('servicemonitor');
    const service = await kept<{
      readonly selector: Readonly<Record<string, string>>;
      readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
    }>('service', 'konductor-metrics');
    expect(monitor.metadata.labels).toMatchObject({ release: 'metrics' });
    expect(service.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    expect(monitor.spec.endpoints).toEqual([{ port: 'http', interval: '15s', honorLabels: true }]);
    expect(service.spec.ports.map(({ name, targetPort }) => [name, targetPort])).toEqual([['http', 'http']]);
    expect((await podTemplate()).metadata.labels).toMatchObject(service.spec.selector);
  });

  it('has the alerts as they are written, with runbooks where the documentation is kept', async () => {
    const { metadata, spec } = await kept<{ readonly groups: readonly { readonly rules: readonly unknown[] }[] }>(
      'prometheusrule',
    );
    expect(metadata.labels).toMatchObject({ release: 'metrics' });
    const linked = ALERTS.map((rule) => ({
      ...rule,
      annotations: {
        ...rule.annotations,
        runbook_url: `https://docs.example/konductor/${rule.annotations.runbook_url}`,
      },
    }));
    expect(spec.groups.flatMap(({ rules }) => rules)).toEqual(linked);
  });

  it('hands the operator what it is told', async () => {
    const [operator] = (await podTemplate()).spec.containers;
    const environment = Object.fromEntries(operator?.env.map(({ name, value }) => [name, value]) ?? []);
    expect(environment).toMatchObject({
      KONDUCTOR_ARGO_LONGEST_WAIT: '1h30m',
      KONDUCTOR_DOORS: 'tekton,argo-tasksets,pods',
      KONDUCTOR_NAMESPACES: `team-a,${SYSTEM}`,
    });
  });
});

interface Port {
  readonly protocol: string;
  readonly port: string | number;
}

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly {
      readonly env: readonly { readonly name: string; readonly value?: string }[];
      readonly ports: readonly { readonly name: string }[];
      readonly livenessProbe: Probe;
      readonly readinessProbe: Probe;
    }[];
  };
}

interface Probe {
  readonly httpGet: { readonly port: string };
}

const podTemplate = async () => (await kept<{ readonly template: PodTemplate }>('deployment')).spec.template;

const probesOf = ({ spec }: PodTemplate) =>
  spec.containers.flatMap(({ livenessProbe, readinessProbe }) =>
    [livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.port),
  );

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The paths of all values that the schema knows. */
const leavesIn = ({ properties }: Schema, path = ''): readonly string[] =>
  properties
    ? Object.entries(properties)
        .flatMap(([name, below]) => leavesIn(below, `${path}/${name}`))
        .toSorted()
    : [path];

/** The paths of those that are set. */
const leavesOf = (value: object, { properties = {} }: Schema, path = ''): readonly string[] =>
  Object.entries(value)
    .flatMap(([name, below]) =>
      properties[name]?.properties
        ? leavesOf(below as object, properties[name], `${path}/${name}`)
        : [`${path}/${name}`],
    )
    .toSorted();
