import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tektonFolder } from './binaries.ts';
import { type Cluster, type ComponentName, startCluster } from './cluster.ts';
import { sharedCluster } from './connect.ts';
import { established } from './established.ts';
import { http } from './http.ts';
import { type Kubelet, playKubelet } from './kubelet.ts';
import { isRunning, processesNaming } from './processes.ts';
import { until } from './until.ts';

const COMPONENTS: readonly ComponentName[] = ['etcd', 'kube-apiserver', 'kube-controller-manager'];
const ARGO_CRDS = process.env.KONDUCTOR_ARGO_CRDS ?? join(import.meta.dirname, '../../../shared/data/argo-crds-v4.1.2');

let cluster: Cluster;
let kubelet: Kubelet;

beforeAll(async () => {
  cluster = await startCluster();
  kubelet = playKubelet(cluster);
});

afterAll(async () => {
  await kubelet.stop();
  await cluster.stop();
});

describe('a control plane of plain processes', () => {
  it('is ready, and is the version its go.mod names', async () => {
    expect(await cluster.request('GET', '/readyz')).toEqual({ status: 200, body: 'ok' });
    const version = await cluster.request('GET', '/version');
    expect(version.body).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+$/) });
    expect((await cluster.kubectl(['version'])).stderr).toBe('');
  });

  it('lets an administrator in and refuses who has no rights', async () => {
    const list = ['get', 'configmaps', '-A'];
    expect((await cluster.kubectl(list)).code).toBe(0);

    const refused = await cluster.kubectl(list, { identity: { user: 'ann' } });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('User "ann" cannot list') });
  });

  it('knows users by their groups', async () => {
    const ann = { user: 'ann', groups: ['readers'] };
    const role = ['create', 'clusterrolebinding', 'readers', '--clusterrole=view', '--group=readers'];
    expect((await cluster.kubectl(role)).code).toBe(0);
    expect((await cluster.kubectl(['get', 'configmaps', '-A'], { identity: ann })).code).toBe(0);
    expect((await cluster.kubectl(['get', 'secrets', '-A'], { identity: ann })).code).toBe(1);
  });

  it('gives the token for named users no rights of its own', async () => {
    const { url, ca, tokens } = cluster.seed;
    const speaker = http({ url, ca, token: tokens.impersonator });
    expect(await speaker.request('GET', '/api/v1/configmaps')).toMatchObject({ status: 403 });
  });

  it('knows a service account by a token of its own', async () => {
    const namespace = await cluster.namespace('accounts', { awaits: 'service-account' });
    const identity = { serviceAccount: 'default', namespace };
    const whoAmI = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'];
    const { stdout } = await cluster.kubectl(whoAmI, { identity });
    expect(stdout).toBe(`system:serviceaccount:${namespace}:default`);
  });

  it('reads what it is told on standard input', async () => {
    const namespace = await cluster.namespace();
    const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'told', namespace } });
    expect(await cluster.kubectl(['apply', '-f', '-'], { stdin })).toMatchObject({ code: 0 });
  });
});

describe('its controllers, with the kubelet played', () => {
  it('complete a Job whose pod has succeeded', async () => {
    const namespace = await cluster.namespace('jobs', { awaits: 'service-account' });
    await cluster.kubectl(['create', 'job', 'work', '--image=none', '-n', namespace]);
    const pod = await firstPod(namespace);

    await kubelet.run(namespace, pod);
    await kubelet.finish(namespace, pod, 'Succeeded');

    const wait = ['wait', '--for=condition=Complete', 'job/work', '-n', namespace, '--timeout=30s'];
    expect(await cluster.kubectl(wait)).toMatchObject({ code: 0 });
  });

  it('let a running pod go when it is deleted', async () => {
    const namespace = await cluster.namespace('pods', { awaits: 'service-account' });
    await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod('runs'));
    await kubelet.run(namespace, 'runs');
    const removed = await cluster.kubectl(['delete', 'pod', 'runs', '-n', namespace, '--timeout=30s']);
    expect(removed).toMatchObject({ code: 0 });
  });

  it('cannot run a pod that is still gated', async () => {
    const namespace = await cluster.namespace('pods', { awaits: 'service-account' });
    const gated = pod('waits', { schedulingGates: [{ name: 'test/wait' }] });
    await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, gated);
    await expect(kubelet.run(namespace, 'waits')).rejects.toThrow('schedulingGates');
  });

  it('collect what a deleted owner leaves behind', async () => {
    const namespace = await cluster.namespace('owners');
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const owner = await cluster.request<{ metadata: { uid: string } }>('POST', maps, { metadata: { name: 'owner' } });
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.body.metadata.uid }];
    const dependant = await cluster.request('POST', maps, { metadata: { name: 'dependant', ownerReferences } });
    expect(dependant.status).toBe(201);

    await cluster.request('DELETE', `${maps}/owner`);

    const wait = ['wait', '--for=delete', 'configmap/dependant', '-n', namespace, '--timeout=30s'];
    expect(await cluster.kubectl(wait)).toMatchObject({ code: 0 });
  });
});

describe('the kinds of others', () => {
  if (!existsSync(ARGO_CRDS)) {
    console.warn(`SKIPPED: no Argo CRDs in ${ARGO_CRDS}; name their folder in KONDUCTOR_ARGO_CRDS`);
  }

  it.skipIf(!existsSync(ARGO_CRDS))("bears Argo's", () => establishes(ARGO_CRDS));
  it("bears Tekton's", async () => establishes(join(await tektonFolder(), 'config', '300-crds')));

  async function establishes(folder: string): Promise<void> {
    expect(await cluster.kubectl(['apply', '--server-side', '-f', folder])).toMatchObject({ code: 0 });
    await established(cluster);
  }
});

describe('killed with SIGKILL and started again, it has all its data:', () => {
  it.each<{ what: string; killed: readonly ComponentName[] }>([
    { what: 'the API server', killed: ['kube-apiserver'] },
    { what: 'etcd', killed: ['etcd'] },
    { what: 'the controllers', killed: ['kube-controller-manager'] },
    { what: 'everything', killed: COMPONENTS },
  ])('$what', async ({ killed }) => {
    const namespace = await cluster.namespace('survivors');
    const before = killed.map((name) => cluster.pid(name) ?? 0);

    for (const name of killed) await cluster.kill(name);
    expect(before.filter(isRunning)).toEqual([]);
    for (const name of killed) await cluster.start(name);

    expect(killed.map((name) => cluster.pid(name))).not.toEqual(before);
    expect(await cluster.request('GET', `/api/v1/namespaces/${namespace}`)).toMatchObject({ status: 200 });
    await cluster.namespace('newcomers', { awaits: 'service-account' }); // its controllers work on, too
  });
});

describe('nothing is left', () => {
  it('after stop, called once or twice', async () => {
    const [one, other] = await Promise.all([startCluster(), startCluster()]); // and two can run at once
    const pids = [one, other].flatMap((each) => COMPONENTS.map((name) => each.pid(name) ?? 0));
    expect(pids.filter(isRunning)).toHaveLength(6);

    await Promise.all([one.stop(), one.stop(), other.stop()]);

    expect(pids.filter(isRunning)).toEqual([]);
    await expectNothingLeft(one.dir);
    await expectNothingLeft(other.dir);
  });

  it('of a process that started a cluster and was killed', async () => {
    const here = (file: string) => JSON.stringify(join(import.meta.dirname, file));
    const script = `
      const { existsSync } = await import('node:fs');
      const { startCluster } = await import(${here('cluster.ts')});
      const { until } = await import(${here('until.ts')});
      const { dir, kubectl } = await startCluster();
      const socket = dir + '/proxy.sock';
      void kubectl(['proxy', '--unix-socket=' + socket]); // would run for ever
      await until(() => existsSync(socket), { within: 10_000, what: 'the proxy runs' });
      console.log(dir);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const dir = await firstLine(child.stdout);
    expect(processesNaming(dir).length).toBeGreaterThan(COMPONENTS.length);

    child.kill('SIGKILL');

    await expectNothingLeft(dir);
  });

  it('of a start that failed, and the error shows why', async () => {
    const start = startCluster({ flags: { 'kube-apiserver': ['--no-such-flag'] } });
    const message = await start.then(() => 'it started', String);
    expect(message).toMatch(/kube-apiserver ended \(code 1\).*unknown flag: --no-such-flag/s);
    await expectNothingLeft(/\((\S*)\/kube-apiserver\.log\)/.exec(message)?.[1] ?? 'no log was named');
  });
});

it('tells everybody who waits when a program ends by itself', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await using fragile = await startCluster();
  const waiting = fragile.kubectl(['get', 'pods', '--watch']);

  process.kill(fragile.pid('etcd') ?? 0, 'SIGKILL');

  await expect(waiting).rejects.toThrow(/etcd ended \(SIGKILL\).*the last lines of etcd's log/s);
  await expect(fragile.request('GET', '/readyz')).rejects.toThrow('etcd ended');
  expect(said).toHaveBeenCalledWith(expect.stringContaining('the test control plane is broken: Error: etcd ended'));
  said.mockRestore();
});

it('is shared by all suites, with our kinds in it', async () => {
  const shared = sharedCluster();
  const namespace = await shared.namespace('shared');
  expect(await shared.kubectl(['get', 'namespace', namespace])).toMatchObject({ code: 0 });
  expect(await shared.kubectl(['get', 'semaphores,barriers,leases.sync.konductor.io,gates'])).toMatchObject({
    code: 0,
  });
});

async function firstPod(namespace: string): Promise<string> {
  for await (const { object } of cluster.watch<{ metadata: { name: string } }>(
    `/api/v1/namespaces/${namespace}/pods`,
  )) {
    return object.metadata.name;
  }
  throw new Error(`no pod came to be in ${namespace}`);
}

function pod(name: string, more: object = {}) {
  return { metadata: { name }, spec: { containers: [{ name: 'main', image: 'none' }], ...more } };
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('it ended without a line');
}

async function expectNothingLeft(dir: string): Promise<void> {
  const isClean = () => processesNaming(dir).length === 0 && !existsSync(dir);
  await until(isClean, { within: 10_000, what: `nothing is left of ${dir}` });
}
