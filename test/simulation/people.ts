import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import type { KubeObject, OwnerReference } from '../../src/api/metadata.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { formatTime } from '../../src/api/time.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import type { Chance } from '../soak/chance.ts';
import {
  drawArrival,
  drawBarrier,
  drawGate,
  drawLease,
  drawPermit,
  drawRequest,
  drawSemaphore,
  ELSEWHERE,
  HOME,
  type ResourceKind,
  type Scenario,
} from './scenario.ts';

/** Where one object is. */
export interface Place {
  readonly kind: 'Permit' | 'LeaseRequest' | 'Arrival';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Everybody who uses the server and is no operator. What they do may be refused, as theirs may: they shrug. */
export interface People {
  readonly claims: Place[];
  make(kind: ResourceKind): Promise<void>;
  claim(): Promise<void>;
  renew(claim: Place, now: number): Promise<void>;
  label(claim: Place, text: string): Promise<void>;
  release(claim: Place): Promise<void>;
  /** Changes what a resource says. */
  edit(kind: ResourceKind, spec: object): Promise<void>;
  remove(kind: ResourceKind): Promise<void>;
  /** One of those who own claims is done: it says so, or is deleted. */
  finish(): Promise<void>;
  loaderCompletes(): Promise<void>;
  loaderGoes(): Promise<void>;
}

const TYPES = { Semaphore, Lease, Barrier, Gate } as const;
const CLAIMS = { Permit, LeaseRequest, Arrival } as const;
const NAMES = { Semaphore: 'db', Lease: 'main', Barrier: 'stage', Gate: 'ready' } as const;

const Pod: ResourceType = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const Job: ResourceType = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true };
const CONTAINERS = [{ name: 'main', image: 'busybox:1' }];
const POD = { containers: CONTAINERS, restartPolicy: 'Never' };

/** What somebody tried, whether or not the server would have it. */
async function tried<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof KubeError && error.code !== 422 && error.code !== 400) return undefined;
    throw error;
  }
}

export function people(user: KubeClient, scenario: Scenario, dice: Chance, now: () => number): People {
  const claims: Place[] = [];
  const owners: KubeObject[] = [];
  let made = 0;

  // kinds are told apart only here: from then on all are objects
  const at = (kind: keyof typeof TYPES | keyof typeof CLAIMS, namespace: string) =>
    user.of({ ...TYPES, ...CLAIMS }[kind] as never, namespace) as ReturnType<typeof user.of<KubeObject, unknown>>;
  const pods = user.of(Pod, HOME);
  const jobs = user.of(Job, HOME);

  const newOwner = async (): Promise<OwnerReference> => {
    const name = `owner-${++made}`;
    const owner = dice.happens(0.6)
      ? await pods.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: HOME }, spec: POD } as never)
      : await jobs.create(aJob(name) as never);
    owners.push(owner);
    const { apiVersion, kind, metadata } = owner;
    return { apiVersion, kind, name, uid: metadata.uid };
  };

  const ownerFor = async (): Promise<OwnerReference | undefined> => {
    if (!scenario.owned || !dice.happens(0.5)) return undefined;
    return newOwner();
  };

  const complete = async (name: string): Promise<void> => {
    const time = `${formatTime(now()).slice(0, 19)}Z`;
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({ type, status: 'True' }));
    await tried(
      jobs.mergePatch(name, { status: { startTime: time, completionTime: time, conditions } } as never, {
        subresource: 'status',
      }),
    );
  };

  const draws = {
    Semaphore: () => drawSemaphore(scenario, dice),
    Lease: () => drawLease(scenario, dice),
    Barrier: () => drawBarrier(scenario, dice),
    Gate: () => drawGate(NAMES.Gate, scenario, dice),
  };
  const claimDraws = { Semaphore: drawPermit, Lease: drawRequest, Barrier: drawArrival } as const;

  return {
    claims,
    async make(kind) {
      await tried(at(kind, HOME).create(draws[kind]()));
    },
    async claim() {
      const on = dice.oneOf(scenario.resources.filter((kind) => kind !== 'Gate'));
      if (!on) return;
      const owner = await ownerFor();
      const object = claimDraws[on](`c${++made}`, scenario, dice, owner);
      const { namespace = HOME } = object.metadata;
      const created = await tried(at(object.kind, namespace).create(object));
      if (created)
        claims.push({ kind: object.kind, namespace, name: created.metadata.name, uid: created.metadata.uid });
    },
    async renew({ kind, namespace, name }, time) {
      await tried(at(kind, namespace).mergePatch(name, { spec: { renewTime: formatTime(time) } } as never));
    },
    async label({ kind, namespace, name }, text) {
      await tried(at(kind, namespace).mergePatch(name, { metadata: { labels: { text } } } as never));
    },
    async release(claim) {
      const { kind, namespace, name, uid } = claim;
      claims.splice(claims.indexOf(claim), 1);
      await tried(at(kind, namespace).delete(name, { uid }));
    },
    async edit(kind, spec) {
      await tried(at(kind, HOME).mergePatch(NAMES[kind], { spec } as never));
    },
    async remove(kind) {
      await tried(at(kind, HOME).delete(NAMES[kind]));
    },
    async finish() {
      const owner = dice.oneOf(owners);
      if (!owner) return;
      owners.splice(owners.indexOf(owner), 1);
      const { name } = owner.metadata;
      if (dice.happens(0.25)) await tried((owner.kind === 'Pod' ? pods : jobs).delete(name));
      else if (owner.kind === 'Job') await complete(name);
      else
        await tried(
          pods.mergePatch(name, { status: { phase: dice.oneOf(['Succeeded', 'Failed']) } } as never, {
            subresource: 'status',
          }),
        );
    },
    async loaderCompletes() {
      await tried(jobs.create(aJob('loader') as never));
      await complete('loader');
    },
    async loaderGoes() {
      await tried(jobs.delete('loader'));
    },
  };
}

const aJob = (name: string) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: HOME },
  spec: { template: { spec: POD } },
});

export const NAMESPACES = [HOME, ELSEWHERE];
