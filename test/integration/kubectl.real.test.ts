import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { type Kubelet, playKubelet } from '../cluster/kubelet.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { manifest, type Shell, shellIn } from './shell.ts';

const cluster = sharedCluster();
let shell: Shell;
let namespace: string;
let operator: OperatorProcess;
let kubelet: Kubelet;

beforeAll(async () => {
  namespace = await cluster.namespace('kubectl', { awaits: 'service-account' });
  operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
  shell = shellIn(cluster, namespace);
  kubelet = playKubelet(cluster);
});
afterAll(async () => {
  await kubelet.stop();
  await operator.kill('SIGTERM');
});

const semaphore = (name: string, permits: number) => manifest('Semaphore', name, `{permits: ${permits}, ttl: 10m}`);
const permit = (name: string, of: string, more = '') =>
  manifest('Permit', name, `{semaphore: ${of}, holder: ${name}${more}}`);
const arrival = (barrier: string, holder: string) =>
  manifest('Arrival', `${barrier}-${holder}`, `{barrier: ${barrier}, holder: ${holder}}`);
const request = (name: string, lease: string, priority: number) =>
  manifest('LeaseRequest', name, `{lease: ${lease}, holder: ${name}, priority: ${priority}}`);

describe('a semaphore, with kubectl alone', () => {
  it('is queued for, and passed on when a permit is deleted', async () => {
    await shell.apply(semaphore('db', 2));
    await shell.wait('ksem/db', 'condition=Ready');
    await shell.apply(permit('a', 'db') + permit('b', 'db'));
    await shell.wait('kpermit/a', 'condition=Granted');
    await shell.wait('kpermit/b', 'condition=Granted');
    await shell.apply(permit('c', 'db'));
    await shell.wait('kpermit/c', 'jsonpath={.status.phase}=Pending');
    await shell.wait('ksem/db', 'jsonpath={.status.waiting}=1');
    expect(await shell.row('ksem/db')).toEqual(['2', '2', '0', '1', 'Full']);
    expect(await shell.row('kpermit/c')).toEqual(['db', 'c', 'Pending']);

    await shell.run('delete', 'kpermit', 'a');
    await shell.wait('kpermit/c', 'condition=Granted');
    expect(await shell.row('kpermit/c')).toEqual(['db', 'c', 'Granted']);
    const [first, second] = [
      await shell.read('kpermit/b', '.status.token'),
      await shell.read('kpermit/c', '.status.token'),
    ];
    expect(Number(second)).toBeGreaterThan(Number(first));

    await shell.run('delete', 'kpermit', 'b', 'c');
    await shell.wait('ksem/db', 'jsonpath={.status.available}=2');
    expect(await shell.row('ksem/db')).toEqual(['2', '0', '2', '0', 'Ready']);
  });

  it('shrinks without taking anything away', async () => {
    await shell.apply(semaphore('shrinking', 3));
    await shell.apply(['k', 'l', 'm'].map((name) => permit(name, 'shrinking')).join(''));
    for (const name of ['k', 'l', 'm']) await shell.wait(`kpermit/${name}`, 'condition=Granted');
    await shell.run('patch', 'ksem', 'shrinking', '--type=merge', '-p', '{"spec":{"permits":1}}');
    await shell.wait('ksem/shrinking', 'condition=OverCommitted');
    expect(await shell.row('ksem/shrinking')).toEqual(['1', '3', '0', '0', 'Full']);
    await shell.apply(permit('next-one', 'shrinking'));
    await shell.run('delete', 'kpermit', 'k', 'l');
    await shell.wait('ksem/shrinking', 'condition=OverCommitted=False');
    await shell.wait('kpermit/next-one', 'jsonpath={.status.phase}=Pending');
    await shell.run('delete', 'kpermit', 'm');
    await shell.wait('kpermit/next-one', 'condition=Granted');
  });

  it('that is deleted in use drains: it grants nothing more, and goes with its last holder', async () => {
    await shell.apply(semaphore('leaving', 1) + permit('holder', 'leaving'));
    await shell.wait('kpermit/holder', 'condition=Granted');
    await shell.apply(permit('waiter', 'leaving'));
    await shell.run('delete', 'ksem', 'leaving', '--wait=false');
    await shell.wait('ksem/leaving', 'jsonpath={.status.phase}=Terminating');
    await shell.wait('kpermit/waiter', 'jsonpath={.status.phase}=Denied');
    expect(await shell.read('kpermit/holder', '.status.phase')).toBe('Granted');
    await shell.run('delete', 'kpermit', 'holder');
    await shell.wait('ksem/leaving', 'delete');
  });

  it('refuses at once who can never fit, and who only tries', async () => {
    await shell.apply(semaphore('narrow', 1) + permit('heavy', 'narrow', ', weight: 2') + permit('inside', 'narrow'));
    await shell.wait('kpermit/heavy', 'jsonpath={.status.phase}=Denied');
    await shell.wait('kpermit/inside', 'condition=Granted');
    await shell.apply(permit('hasty', 'narrow', ', timeout: 0s'));
    await shell.wait('kpermit/hasty', 'jsonpath={.status.phase}=Denied');
  });
});

describe('a permit that the pod of a Job owns', () => {
  const job = (name: string) => `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: none}]
---
`;
  const owned = (pod: string, uid: string, of: string) => `apiVersion: sync.konductor.io/v1
kind: Permit
metadata:
  name: ${pod}
  ownerReferences: [{apiVersion: v1, kind: Pod, name: ${pod}, uid: ${uid}}]
spec: {semaphore: ${of}, holder: ${pod}, renewal: Owner, ttl: 5s}
---
`;
  const podOf = async (name: string): Promise<readonly [string, string]> => {
    await shell.wait(`job/${name}`, 'jsonpath={.status.active}=1');
    const found = await shell.run(
      'get',
      'pods',
      '-l',
      `job-name=${name}`,
      '-o',
      'jsonpath={.items[0].metadata.name} {.items[0].metadata.uid}',
    );
    const [pod = '', uid = ''] = found.split(' ');
    return [pod, uid];
  };

  it('is held while the pod runs, let go when it has finished, and collected with it', {
    timeout: 90_000,
  }, async () => {
    await shell.apply(semaphore('license', 1) + job('import'));
    const [pod, uid] = await podOf('import');
    await kubelet.run(namespace, pod);
    await shell.apply(owned(pod, uid, 'license'));
    await shell.wait(`kpermit/${pod}`, 'condition=Granted');
    await shell.apply(permit('next', 'license'));
    await shell.wait('kpermit/next', 'jsonpath={.status.phase}=Pending');

    await kubelet.finish(namespace, pod, 'Succeeded');
    await shell.wait('kpermit/next', 'condition=Granted');
    expect(await shell.read(`pod/${pod}`, '.status.phase')).toBe('Succeeded'); // kept, and yet let go
    expect(await shell.read(`kpermit/${pod}`, '.status.phase')).toBe('Expired');

    await shell.run('delete', 'job', 'import');
    await shell.wait(`kpermit/${pod}`, 'delete');
  });
});

describe('a barrier, with kubectl alone', () => {
  it('opens when all have arrived, and counts nobody twice', async () => {
    await shell.apply(manifest('Barrier', 'meet', '{expected: 3}') + arrival('meet', 'ann') + arrival('meet', 'bob'));
    await shell.apply(manifest('Arrival', 'meet-ann-again', '{barrier: meet, holder: ann}'));
    await shell.wait('kbar/meet', 'jsonpath={.status.arrived}=2');
    expect(await shell.row('kbar/meet')).toEqual(['3', '2', 'Waiting']);
    await shell.apply(arrival('meet', 'cem'));
    await shell.wait('kbar/meet', 'condition=Open');
    expect(await shell.row('kbar/meet')).toEqual(['3', '3', 'Open']);
    await shell.wait('karr/meet-cem', 'jsonpath={.status.phase}=Recorded');
  });

  it('opens with a quorum', async () => {
    await shell.apply(
      manifest('Barrier', 'vote', '{expected: 3, quorum: 2}') + arrival('vote', 'ann') + arrival('vote', 'bob'),
    );
    await shell.wait('kbar/vote', 'condition=Open');
  });

  it('is closed for good when too few come in time', async () => {
    await shell.apply(manifest('Barrier', 'late', '{expected: 2, timeout: 1s}') + arrival('late', 'ann'));
    await shell.wait('kbar/late', 'jsonpath={.status.phase}=Timeout');
    await shell.apply(arrival('late', 'bob'));
    await shell.wait('karr/late-bob', 'jsonpath={.status.phase}=Denied');
    expect(await shell.row('kbar/late')).toEqual(['2', '1', 'Timeout']);
  });
});

describe('a lease, with kubectl alone', () => {
  it('is taken by a higher priority once the holder has had its grace', async () => {
    await shell.apply(manifest('Lease', 'main', '{ttl: 10m, gracePeriod: 1s}') + request('small', 'main', 1));
    await shell.wait('klease/main', 'condition=Held');
    await shell.wait('kreq/small', 'condition=Granted');
    expect(await shell.read('klease/main', '.status.holder')).toBe('small');

    await shell.apply(request('big', 'main', 10));
    await shell.wait('kreq/small', 'condition=RevocationRequested');
    await shell.wait('kreq/big', 'condition=Granted');
    expect(await shell.read('kreq/small', '.status.phase')).toBe('Lost');
    await shell.wait('klease/main', 'jsonpath={.status.holder}=big');
    expect((await shell.row('klease/main')).slice(0, 2)).toEqual(['big', 'Held']);

    await shell.run('delete', 'kreq', 'big');
    await shell.wait('klease/main', 'jsonpath={.status.phase}=Available');
    await shell.wait('klease/main', 'condition=Held=False');
  });
});

describe('a gate, with kubectl alone', () => {
  const gate = (name: string, spec: string) => manifest('Gate', name, spec);

  it('opens when a Job is complete', { timeout: 90_000 }, async () => {
    await shell.apply(gate('imported', '{conditions: [{job: load}]}'));
    await shell.wait('kgate/imported', 'jsonpath={.status.phase}=Waiting');
    await shell.run('create', 'job', 'load', '--image=none');
    await shell.wait('job/load', 'jsonpath={.status.active}=1');
    const pod = await shell.run('get', 'pods', '-l', 'job-name=load', '-o', 'jsonpath={.items[0].metadata.name}');
    await kubelet.run(namespace, pod);
    expect(await shell.read('kgate/imported', '.status.phase')).toBe('Waiting');
    await kubelet.finish(namespace, pod, 'Succeeded');
    await shell.wait('kgate/imported', 'condition=Open');
    expect(await shell.read('kgate/imported', '.status.conditionStatuses[0].met')).toBe('true');
  });

  it('opens with a barrier, and says what it waits for', async () => {
    await shell.apply(manifest('Barrier', 'ready', '{expected: 1}') + gate('go', '{conditions: [{barrier: ready}]}'));
    await shell.wait('kgate/go', 'condition=Open=False');
    await shell.apply(arrival('ready', 'ann'));
    await shell.wait('kgate/go', 'condition=Open');
  });

  it('without conditions is opened and closed by hand', async () => {
    await shell.apply(gate('hand', '{open: false}'));
    await shell.wait('kgate/hand', 'jsonpath={.status.phase}=Waiting');
    await shell.run('patch', 'kgate', 'hand', '--type=merge', '-p', '{"spec":{"open":true}}');
    await shell.wait('kgate/hand', 'condition=Open');
    await shell.run('patch', 'kgate', 'hand', '--type=merge', '-p', '{"spec":{"open":false}}');
    await shell.wait('kgate/hand', 'condition=Open=False');
  });

  it('without conditions stays as an older client writes it', async () => {
    await shell.apply(gate('older', '{}'));
    await shell.wait('kgate/older', 'jsonpath={.status.phase}=Waiting');
    const write = (phase: string) =>
      shell.run(
        'patch',
        'kgate',
        'older',
        '--subresource=status',
        '--type=merge',
        '-p',
        `{"status":{"phase":"${phase}"}}`,
      );
    await write('Open');
    await shell.wait('kgate/older', 'condition=Open');
    expect(await shell.read('kgate/older', '.status.phase')).toBe('Open');
    await write('Waiting');
    await shell.wait('kgate/older', 'condition=Open=False');
    expect(await shell.read('kgate/older', '.status.phase')).toBe('Waiting');
  });
});
