import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from './connect.ts';
import { canRunContainers } from './container.ts';
import { type ExecutedPods, type Kubelet, playKubelet } from './kubelet.ts';
import { until } from './until.ts';

if (!canRunContainers) console.warn('SKIPPED: no containers without the right to mount (run as root, on Linux)');

describe.skipIf(!canRunContainers)('a pod that is executed', () => {
  const cluster = sharedCluster();
  let kubelet: Kubelet;
  let namespace: string;
  let pods: ExecutedPods;

  beforeAll(async () => {
    kubelet = playKubelet(cluster);
    namespace = await cluster.namespace('executed', { awaits: 'service-account' });
    pods = kubelet.execute(namespace, { bin: '/bin' });
  });
  afterAll(() => kubelet.stop());

  const shell = (name: string, script: string, more: object = {}) => ({
    ...{ name, image: 'none', command: ['/bin/sh', '-c', script] },
    ...more,
  });
  const create = async (name: string, spec: object) => {
    const { status, body } = await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name },
      spec: { restartPolicy: 'Never', ...spec },
    });
    expect(status, JSON.stringify(body)).toBe(201);
  };
  const ends = async (name: string, phase: 'Succeeded' | 'Failed') => {
    const wait = ['wait', `--for=jsonpath={.status.phase}=${phase}`, `pod/${name}`, '-n', namespace, '--timeout=20s'];
    expect((await cluster.kubectl(wait)).stderr).toBe('');
  };
  const said = (name: string) => pods.lines(name).map(({ container, text }) => `${container}: ${text}`);

  it('runs its initContainers first, one after the other, with a volume they share', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/tmp/shared' }];
    await create('ordered', {
      volumes: [{ name: 'shared', emptyDir: {} }],
      initContainers: [
        shell('one', 'echo a > /tmp/shared/file; echo first', { volumeMounts }),
        shell('two', 'echo b >> /tmp/shared/file; echo second', { volumeMounts }),
      ],
      containers: [shell('main', 'echo $(cat /tmp/shared/file); ls /tmp | grep -x shared', { volumeMounts })],
    });
    await ends('ordered', 'Succeeded');
    expect(said('ordered')).toEqual(['one: first', 'two: second', 'main: a b', 'main: shared']);
  });

  it('is a pod to whoever asks: its account, its names', async () => {
    const script = `echo $HOSTNAME $(hostname) $NAME; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace
      echo; cut -d. -f2 /var/run/secrets/kubernetes.io/serviceaccount/token`;
    const env = [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    await create('named', { containers: [shell('main', script, { env })] });
    await ends('named', 'Succeeded');
    const [names, where, claims = ''] = said('named').map((line) => line.replace('main: ', ''));
    expect([names, where]).toEqual(['named named named', namespace]);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      'kubernetes.io': { pod: { name: 'named' } },
    });
  });

  it('fails when an initContainer does, and its work never starts', async () => {
    await create('fails', { initContainers: [shell('one', 'exit 3')], containers: [shell('main', 'echo worked')] });
    await ends('fails', 'Failed');
    expect(said('fails')).toEqual([]);
    const path = `/api/v1/namespaces/${namespace}/pods/fails`;
    const { body } = await cluster.request<{ status: object }>('GET', path);
    expect(body.status).toMatchObject({ initContainerStatuses: [{ state: { terminated: { exitCode: 3 } } }] });
  });

  it('starts a container again where it says so', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/tmp/shared' }];
    const script = 'echo try; test -e /tmp/shared/tried || { touch /tmp/shared/tried; exit 1; }';
    const volumes = [{ name: 'shared', emptyDir: {} }];
    const containers = [shell('main', script, { volumeMounts })];
    await create('again', { restartPolicy: 'OnFailure', volumes, containers });
    await ends('again', 'Succeeded');
    expect(said('again')).toEqual(['main: try', 'main: try']);
  });

  it('has a sidecar that is ready before its work begins, and ends after it', async () => {
    const script = `trap 'echo bye; exit 0' TERM; echo hello; sleep 0.5; touch /tmp/ready; while :; do sleep 0.05; done`;
    const startupProbe = { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 30 };
    const sidecar = shell('side', script, { restartPolicy: 'Always', startupProbe });
    await create('beside', { initContainers: [sidecar], containers: [shell('main', 'echo work')] });
    await ends('beside', 'Succeeded');
    expect(said('beside')).toEqual(['side: hello', 'main: work', 'side: bye']);
  });

  it('is told to end when it is deleted, and goes', async () => {
    const script = `trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.05; done`;
    await create('goes', { containers: [shell('main', script)] });
    await until(() => said('goes').length > 0, { within: 20_000, what: 'it runs' });
    expect(await cluster.kubectl(['delete', 'pod', 'goes', '-n', namespace, '--timeout=20s'])).toMatchObject({
      code: 0,
    });
    expect(said('goes')).toEqual(['main: hello', 'main: bye']);
  });
});
