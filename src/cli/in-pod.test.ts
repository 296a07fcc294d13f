import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, type LineOptions, SERVER } from '../../test/support/command-line.ts';
import { hands, NAMESPACE, type World, world } from '../../test/support/operator-world.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { ResourceType } from '../kube/resource-type.ts';

const Pod: ResourceType<KubeObject> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** What Kubernetes mounts into a pod: enough of it to know which pod it is. */
const tokenFor = ({ metadata: { name, uid } }: KubeObject): string => {
  const bound = { 'kubernetes.io': { namespace: NAMESPACE, pod: { name, uid } } };
  return `e30.${Buffer.from(JSON.stringify(bound)).toString('base64url')}.x`;
};

describe('in a pod, with nothing configured', () => {
  let at: World;
  let koncli: CommandLine;
  let folder: string;
  let inPod: LineOptions;

  beforeEach(async () => {
    at = world();
    await at.operator();
    koncli = commandLine(at);
    folder = mkdtempSync(join(tmpdir(), 'koncli-'));
    const container = { name: 'main', image: 'busybox' };
    const pod = await at.user.of(Pod, NAMESPACE).create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'etl-0' },
      spec: { containers: [container] },
    } as never);
    writeFileSync(join(folder, 'token'), tokenFor(pod));
    const { hostname, port } = new URL(SERVER);
    inPod = {
      serviceAccount: folder,
      variables: {
        KONDUCTOR_HOLDER: '',
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port || '443',
      },
    };
    expect((await koncli.run('semaphore create db --permits 1 --ttl 1m')).code).toBe(0);
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await at.close();
  });

  const taken = async (line = 'semaphore acquire db --wait -o json') => {
    const { code, out, err } = await koncli.run(line, inPod);
    expect([code, err]).toEqual([0, '']);
    return JSON.parse(out);
  };

  it('the hold is the pod’s: it lasts as long as the pod, whatever its ttl, and goes with it', async () => {
    expect(await taken('semaphore acquire db --wait --ttl=10s -o json')).toMatchObject({ holder: 'etl-0' });
    await at.pass(120_000);
    expect((await koncli.run('semaphore acquire db --holder other')).code).toBe(4);
    await at.user.of(Pod, NAMESPACE).delete('etl-0', { gracePeriodSeconds: 0 });
    await at.pass(5_000);
    expect((await koncli.run('semaphore acquire db --holder other')).code).toBe(0);
  });

  it('a container that starts anew finds what it holds, and does not wait for itself', async () => {
    const first = await taken();
    expect(await taken()).toEqual(first);
    expect(Object.keys(await hands(at).phases())).toEqual([first.claim]);
  });

  it('another request of the same pod is another claim', async () => {
    await koncli.run('semaphore create two --permits 2');
    const first = await taken('semaphore acquire two -o json');
    const second = await taken('semaphore acquire two --request-id second -o json');
    expect(second.claim).not.toBe(first.claim);
  });

  it('release finds it without being told who holds', async () => {
    await taken();
    expect((await koncli.run('semaphore release db', inPod)).out).toBe('semaphore db released: 1 claim\n');
  });

  it('with --no-owner the hold ends by its ttl', async () => {
    await taken('semaphore acquire db --no-owner -o json');
    await at.pass(65_000);
    expect((await koncli.run('semaphore acquire db --holder other')).code).toBe(0);
  });

  it('arrives as the pod', async () => {
    await koncli.run('barrier create b --expected 1');
    expect((await koncli.run('barrier arrive b', inPod)).out).toBe('etl-0 arrived at barrier b\n');
  });
});
