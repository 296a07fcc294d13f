import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpTransport } from '../../src/kube/http-transport.ts';
import { sharedCluster } from '../../test/cluster/connect.ts';
import { type Kubelet, playKubelet } from '../../test/cluster/kubelet.ts';
import { until } from '../../test/cluster/until.ts';
import { openDoor } from '../../test/support/open-door.ts';
import { type OperatorProcess, startOperatorProcess } from '../../test/support/operator-process.ts';
import { podsDoor } from './controller.ts';
import { ADMITTED, conditionOf, isFinished, isGated, type Pod } from './pod.ts';

const API = 'sync.konductor.io/v1';
const cluster = sharedCluster();
let kubelet: Kubelet;
beforeAll(() => {
  kubelet = playKubelet(cluster);
});
afterAll(() => kubelet.stop());

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await cluster.request<T>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

interface Ground extends AsyncDisposable {
  readonly namespace: string;
  operator: OperatorProcess;
  restart(): Promise<void>;
  make(plural: string, kind: string, name: string, spec: object): Promise<void>;
  job(name: string, annotations: Readonly<Record<string, string>>, spec?: object, pod?: object): Promise<void>;
  pods(): Promise<readonly Pod[]>;
  permits(): Promise<readonly { readonly metadata: Pod['metadata']; readonly status?: { readonly phase?: string } }[]>;
  jobIs(name: string, condition: 'Complete' | 'Failed'): Promise<boolean>;
}

async function ground(prefix: string): Promise<Ground> {
  const namespace = await cluster.namespace(prefix, { awaits: 'service-account' });
  const options = { kubeconfig: await cluster.kubeconfig(), namespace, doors: ['pods'] as const };
  const at = {
    namespace,
    operator: await startOperatorProcess(options),
    async restart() {
      await at.operator.kill('SIGKILL');
      at.operator = await startOperatorProcess(options);
    },
    make: (plural: string, kind: string, name: string, spec: object) =>
      call<void>('POST', `/apis/${API}/namespaces/${namespace}/${plural}`, {
        apiVersion: API,
        kind,
        metadata: { name },
        spec,
      }),
    job: (name: string, annotations: Readonly<Record<string, string>>, spec: object = {}, pod: object = {}) =>
      call<void>('POST', `/apis/batch/v1/namespaces/${namespace}/jobs`, aJob(name, annotations, spec, pod)),
    pods: async () => (await call<{ items: Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`)).items,
    permits: async () => (await call<{ items: never[] }>('GET', `/apis/${API}/namespaces/${namespace}/permits`)).items,
    async jobIs(name: string, condition: string) {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
      const job = await call<{ status?: { conditions?: { type: string; status: string }[] } }>('GET', path);
      return (job.status?.conditions ?? []).some(({ type, status }) => type === condition && status === 'True');
    },
    [Symbol.asyncDispose]: async () => {
      await at.operator.kill('SIGTERM');
    },
  };
  return at;
}

const aJob = (name: string, annotations: Readonly<Record<string, string>>, spec: object, pod: object) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    backoffLimit: 0,
    ...spec,
    template: {
      metadata: {
        labels: { 'sync.konductor.io/gated': 'true' },
        annotations: Object.fromEntries(
          Object.entries(annotations).map(([key, value]) => [`sync.konductor.io/${key}`, value]),
        ),
      },
      spec: {
        restartPolicy: 'Never',
        schedulingGates: [{ name: 'sync.konductor.io/wait' }],
        containers: [{ name: 'main', image: 'busybox' }],
        ...pod,
      },
    },
  },
});

/** Runs every Pod that a scheduler may take, for a moment, and says how many were let go at once, at most. */
async function runAll(
  at: Ground,
  {
    until: isOver,
    phase = 'Succeeded' as const,
    works = 30,
  }: {
    readonly until: () => Promise<boolean>;
    readonly phase?: 'Succeeded' | 'Failed';
    readonly works?: number;
  },
): Promise<{ readonly most: number; readonly ran: number }> {
  const end = new AbortController();
  const free = new Set<string>();
  const started = new Set<string>();
  let most = 0;
  const running = (async () => {
    for await (const { type, object: pod } of cluster.watch<Pod>(
      `/api/v1/namespaces/${at.namespace}/pods`,
      end.signal,
    )) {
      const { name, uid } = pod.metadata;
      if (type === 'DELETED' || isFinished(pod)) free.delete(uid);
      else if (!isGated(pod) && !pod.metadata.deletionTimestamp) free.add(uid);
      most = Math.max(most, free.size);
      if (!free.has(uid) || started.has(uid)) continue;
      started.add(uid);
      void (async () => {
        await kubelet.run(at.namespace, name);
        await pause(works);
        await kubelet.finish(at.namespace, name, phase);
      })().catch(() => {});
    }
  })().catch((error) => {
    if (!end.signal.aborted) throw error;
  });
  await until(isOver, { within: 150_000, what: 'all Pods have run' });
  end.abort();
  await running;
  return { most, ran: started.size };
}

describe('Pods that wait unscheduled, on a real control plane', () => {
  it('200 of 40 Jobs over 5 permits: never more than 5 are let go, though the operator is killed again and again', {
    timeout: 240_000,
  }, async () => {
    await using at = await ground('pods-200');
    await at.make('semaphores', 'Semaphore', 'db', { permits: 5 });
    const names = Array.from({ length: 40 }, (_, index) => `job-${index}`);
    for (const name of names) await at.job(name, { semaphore: 'db' }, { completions: 5, parallelism: 5 });
    let over = false;
    const killing = (async () => {
      for (let kill = 0; kill < 5 && !over; kill++) {
        await pause(1_500);
        await at.restart();
      }
    })();
    const { most, ran } = await runAll(at, {
      until: async () => {
        for (const name of names) if (!(await at.jobIs(name, 'Complete'))) return false;
        return true;
      },
    });
    over = true;
    await killing;
    expect(ran).toBe(200);
    expect(most).toBe(5);
    expect((await at.permits()).filter(({ status }) => status?.phase === 'Granted')).toEqual([]);
  });

  it('cannot be started by a scheduler before it is their turn', async () => {
    await using at = await ground('pods-turn');
    await at.make('semaphores', 'Semaphore', 'db', { permits: 1 });
    await at.job('first', { semaphore: 'db' });
    await until(async () => (await at.pods()).some((pod) => !isGated(pod)), {
      within: 15_000,
      what: 'the first is let go',
    });
    await at.job('second', { semaphore: 'db' });
    await until(async () => (await at.pods()).length === 2, { within: 15_000, what: 'the second has its Pod' });
    const waiting = (await at.pods()).find(isGated) as Pod;
    await expect(kubelet.run(at.namespace, waiting.metadata.name)).rejects.toThrow(/schedulingGates|gate/);
    const says = async () => conditionOf((await at.pods()).find(isGated) as Pod, ADMITTED);
    await until(async () => (await says()) !== undefined, { within: 15_000, what: 'it says what it waits for' });
    expect(await says()).toMatchObject({ status: 'False', reason: 'Waiting', message: 'waiting for semaphore "db"' });
  });

  it('fails its Job when it is deleted for having waited too long', async () => {
    await using at = await ground('pods-late');
    await at.make('semaphores', 'Semaphore', 'db', { permits: 1 });
    await at.make('permits', 'Permit', 'somebody', { semaphore: 'db', holder: 'somebody', ttl: '1h' });
    await at.job('impatient', { semaphore: 'db', timeout: '2s', 'on-timeout': 'delete' });
    await until(() => at.jobIs('impatient', 'Failed'), { within: 30_000, what: 'the Job has failed' });
    expect((await at.permits()).map(({ metadata }) => metadata.name)).toEqual(['somebody']);
  });

  it('gives its place back when its Job is suspended, and asks again when that goes on', async () => {
    await using at = await ground('pods-suspended');
    await at.make('semaphores', 'Semaphore', 'db', { permits: 1 });
    await at.job('work', { semaphore: 'db' });
    const granted = async () => (await at.permits()).filter(({ status }) => status?.phase === 'Granted').length;
    await until(async () => (await granted()) === 1, { within: 15_000, what: 'it holds' });
    const path = `/apis/batch/v1/namespaces/${at.namespace}/jobs/work`;
    await call('PATCH', path, { spec: { suspend: true } });
    await until(async () => (await at.permits()).length === 0, { within: 20_000, what: 'nothing is held' });
    await call('PATCH', path, { spec: { suspend: false } });
    await runAll(at, { until: () => at.jobIs('work', 'Complete') });
  });

  it('holds on while its containers restart, and lets go when it is evicted', async () => {
    await using at = await ground('pods-evicted');
    await at.make('semaphores', 'Semaphore', 'db', { permits: 1 });
    await at.job('work', { semaphore: 'db' });
    await until(async () => (await at.pods()).some((pod) => !isGated(pod)), { within: 15_000, what: 'it is let go' });
    const [pod] = (await at.pods()) as [Pod];
    await kubelet.run(at.namespace, pod.metadata.name);
    const status = `/api/v1/namespaces/${at.namespace}/pods/${pod.metadata.name}/status`;
    const container = { name: 'main', image: 'busybox', imageID: 'x', ready: false, restartCount: 3 };
    await call('PATCH', status, {
      status: { containerStatuses: [{ ...container, state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
    });
    await pause(1_000);
    expect((await at.permits())[0]?.status?.phase).toBe('Granted');
    await call('PATCH', status, { status: { phase: 'Failed', reason: 'Evicted' } });
    await until(async () => !(await at.permits()).some(({ status }) => status?.phase === 'Granted'), {
      within: 15_000,
      what: 'it has let go',
    });
  });

  it('is cleaned up after when somebody ungates it by hand', async () => {
    await using at = await ground('pods-by-hand');
    await at.make('semaphores', 'Semaphore', 'db', { permits: 1 });
    await at.make('permits', 'Permit', 'somebody', { semaphore: 'db', holder: 'somebody', ttl: '1h' });
    await at.job('work', { semaphore: 'db' });
    await until(async () => (await at.permits()).length === 2, { within: 15_000, what: 'it waits' });
    const [pod] = (await at.pods()) as [Pod];
    await call('PATCH', `/api/v1/namespaces/${at.namespace}/pods/${pod.metadata.name}`, {
      spec: { schedulingGates: null },
    });
    await until(async () => (await at.permits()).length === 1, { within: 15_000, what: 'its claim is gone' });
    const isTold = async () => {
      const path = `/api/v1/namespaces/${at.namespace}/events`;
      const { items } = await call<{ items: { reason: string }[] }>('GET', path);
      return items.some(({ reason }) => reason === 'UngatedByHand');
    };
    await until(isTold, { within: 15_000, what: 'an event says so' });
  });

  it('needs no more rights than rbac.yaml gives', async () => {
    const namespace = await cluster.namespace('pods-rights', { awaits: 'service-account' });
    const path = join(import.meta.dirname, '../../examples/pods/rbac.yaml');
    const binding = [
      'create',
      'rolebinding',
      'pods',
      '--clusterrole=konductor-operator-pods',
      `--serviceaccount=${namespace}:default`,
    ];
    for (const args of [
      ['apply', '-f', path],
      [...binding, '-n', namespace],
    ]) {
      const { code, stderr } = await cluster.kubectl(args);
      expect(code, stderr).toBe(0);
    }
    const options = { kubeconfig: await cluster.kubeconfig(), namespace };
    const operator = await startOperatorProcess(options);
    const kubeconfig = await cluster.kubeconfig({ serviceAccount: 'default', namespace });
    const transport = httpTransport(await connect({ kubeconfig }));
    const complaints: string[] = [];
    const complain = (fields: object, message: string) => {
      complaints.push(`${message} ${inspect(fields)}`);
    };
    const log = { debug: () => {}, info: () => {}, warn: complain, error: complain };
    const door = openDoor(podsDoor, { client: kubeClient(transport), log, namespaces: [namespace] });
    const make = (plural: string, kind: string, name: string, spec: object) =>
      call('POST', `/apis/${API}/namespaces/${namespace}/${plural}`, {
        apiVersion: API,
        kind,
        metadata: { name },
        spec,
      });
    await make('semaphores', 'Semaphore', 'db', { permits: 1 });
    await make('barriers', 'Barrier', 'all', { expected: 1 });
    await make('gates', 'Gate', 'done', { conditions: [{ semaphore: 'db', state: 'Ready' }] });
    const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    await call('POST', jobs, aJob('all', { semaphore: 'db', barrier: 'all', gate: 'done' }, {}, {}));
    const pods = async () => (await call<{ items: Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`)).items;
    await until(async () => (await pods()).some((pod) => !isGated(pod)), { within: 20_000, what: 'it is let go' });
    await call('POST', jobs, aJob('late', { semaphore: 'db', timeout: '3s', 'on-timeout': 'delete' }, {}, {}));
    const isTold = async () => {
      const { items } = await call<{ items: { reason: string }[] }>('GET', `/api/v1/namespaces/${namespace}/events`);
      return items.some(({ reason }) => reason === 'TimedOut');
    };
    await until(isTold, { within: 20_000, what: 'the second has been deleted, and an event says so' });
    await door.stop();
    await transport.close();
    await operator.kill('SIGTERM');
    expect(complaints).toEqual([]);
  });

  describe('the examples', () => {
    const apply = async (at: Ground, file: string) => {
      const path = join(import.meta.dirname, '../../examples/pods', file);
      const { code, stderr } = await cluster.kubectl(['apply', '-n', at.namespace, '-f', path]);
      expect(code, stderr).toBe(0);
    };

    it.each([
      ['job.yaml', ['report'], 2],
      ['indexed-job.yaml', ['index'], 3],
      ['several.yaml', ['backup', 'migrate'], 2],
    ] as const)('%s runs to its end', { timeout: 90_000 }, async (file, jobs, permits) => {
      await using at = await ground('pods-example');
      await apply(at, file);
      const done = async () => (await Promise.all(jobs.map((job) => at.jobIs(job, 'Complete')))).every(Boolean);
      const { most } = await runAll(at, { until: done });
      expect(most).toBeLessThanOrEqual(permits);
    });

    it('cronjob.yaml runs one after the other', { timeout: 90_000 }, async () => {
      await using at = await ground('pods-example');
      await apply(at, 'cronjob.yaml');
      for (const run of ['one', 'two']) {
        const { code, stderr } = await cluster.kubectl([
          'create',
          'job',
          run,
          '--from=cronjob/load',
          '-n',
          at.namespace,
        ]);
        expect(code, stderr).toBe(0);
      }
      const done = async () => (await at.jobIs('one', 'Complete')) && (await at.jobIs('two', 'Complete'));
      expect(await runAll(at, { until: done })).toMatchObject({ most: 1, ran: 2 });
    });

    it('rollout.yaml starts two at a time', { timeout: 90_000 }, async () => {
      await using at = await ground('pods-example');
      await apply(at, 'rollout.yaml');
      const started = new Set<string>();
      while (started.size < 6) {
        const starting = async () =>
          (await at.pods()).filter((pod) => !isGated(pod) && !started.has(pod.metadata.name));
        await until(async () => (await starting()).length > 0, { within: 20_000, what: 'the next may start' });
        expect((await starting()).length).toBeLessThanOrEqual(2);
        for (const { metadata } of await starting()) {
          await kubelet.run(at.namespace, metadata.name);
          started.add(metadata.name);
        }
      }
      const held = async () => (await at.permits()).some(({ status }) => status?.phase === 'Granted');
      await until(async () => !(await held()), { within: 15_000, what: 'nothing is held by who serves' });
    });

    it('gate-by-label.yaml makes the label enough', { timeout: 90_000 }, async () => {
      await using at = await ground('pods-example');
      await apply(at, 'gate-by-label.yaml');
      await at.make('semaphores', 'Semaphore', 'db', { permits: 1 });
      await at.make('permits', 'Permit', 'somebody', { semaphore: 'db', holder: 'somebody', ttl: '1h' });
      // a new policy is known to the API server after a moment
      let tries = 0;
      await until(
        async () => {
          await at.job(`work-${++tries}`, { semaphore: 'db' }, {}, { schedulingGates: null });
          await until(async () => (await at.pods()).length >= tries, { within: 15_000, what: 'the Job has its Pod' });
          return (await at.pods()).some(isGated);
        },
        { within: 30_000, what: 'a Pod gets the gate by its label' },
      );
      const policy = 'mutatingadmissionpolicy,mutatingadmissionpolicybinding';
      expect((await cluster.kubectl(['delete', policy, 'konductor-gate-by-label'])).code).toBe(0);
    });
  });
});
