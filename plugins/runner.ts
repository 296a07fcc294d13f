import { Barrier } from '../src/api/barrier.ts';
import type { Clock } from '../src/api/clock.ts';
import { Gate } from '../src/api/gate.ts';
import { API_VERSION } from '../src/api/group.ts';
import { Lease } from '../src/api/lease.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import { Semaphore } from '../src/api/semaphore.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { isAlreadyExists, isConflict, isForbidden, isInvalid, isNotFound, KubeError } from '../src/kube/errors.ts';
import type { Resource } from '../src/kube/resource.ts';
import {
  answer,
  cancel,
  needsOf,
  type Reply,
  type Sight,
  type Step,
  type StepClaim,
  type StepResource,
  type StepView,
  type StepWrite,
} from './step.ts';
import { CLAIM_KINDS, type ClaimKind, type NewClaim } from './step-claim.ts';
import { failed, waiting } from './step-words.ts';

export interface StepRunnerOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** What an adapter that watches knows already. It may be old: whatever contradicts it is then read. */
  readonly known?: (step: Step) => StepView | undefined;
}

/** Asks steps: looks, decides, writes, and only then replies. */
export interface StepRunner {
  /** Rejects only when the signal aborts: whatever else goes wrong is a reply. */
  ask(step: Step, signal?: AbortSignal): Promise<Reply>;
  /** Kept once nothing of the step is left; rejects when that could not be made so, and is then to be called again. */
  cancel(step: Step, signal?: AbortSignal): Promise<void>;
}

/** A look that others keep overtaking is given up for this time. */
const ROUNDS = 4;

export function stepRunner({ client, clock, known }: StepRunnerOptions): StepRunner {
  return {
    async ask(step, signal) {
      try {
        let view = known?.(step);
        for (let round = 0; round < ROUNDS; round++) {
          view ??= await look(client, step, clock.now(), signal);
          const { reply, writes } = answer(step, view);
          if (await carryOut(client, writes, signal)) return reply;
          view = undefined;
        }
        return waiting('Unreachable', 'others wrote in between: it is asked again');
      } catch (error) {
        signal?.throwIfAborted();
        return replyTo(error);
      }
    },
    async cancel(step, signal) {
      for (let round = 0; round < ROUNDS; round++) {
        const writes = cancel(step, { claim: await ownClaim(client, step, signal) });
        if (writes.length === 0) return;
        await carryOut(client, writes, signal);
      }
    },
  };
}

/** Reads what a step needs, in the order that misses no grant. */
export async function look(client: KubeClient, step: Step, now: number, signal?: AbortSignal): Promise<StepView> {
  const { claims: all } = needsOf(step);
  const { kind, namespace, name } = step.resource;
  const resource = await sight<StepResource>(resources(client, kind, namespace), name, signal);
  const claim = await ownClaim(client, step, signal);
  const claims = all
    ? (await claimsOf(client, all.kind, all.namespace).listAll({ fieldSelector: all.fieldSelector, signal })).items
    : [];
  return { resource, claim, claims, now };
}

async function ownClaim(client: KubeClient, step: Step, signal?: AbortSignal): Promise<Sight<StepClaim>> {
  const { claim } = needsOf(step);
  return claim ? sight(claimsOf(client, claim.kind, claim.namespace), claim.name, signal) : 'missing';
}

/** Writes in their order. False when what was decided on is not so any more: look again. */
export async function carryOut(
  client: KubeClient,
  writes: readonly StepWrite[],
  signal?: AbortSignal,
): Promise<boolean> {
  for (const write of writes) if (!(await carryOutOne(client, write, signal))) return false;
  return true;
}

async function carryOutOne(client: KubeClient, write: StepWrite, signal?: AbortSignal): Promise<boolean> {
  try {
    switch (write.does) {
      case 'create-semaphore': {
        const { namespace, name, permits } = write;
        const semaphore = {
          apiVersion: API_VERSION,
          kind: 'Semaphore',
          metadata: { name },
          spec: { permits },
        } as const;
        await client.of(Semaphore, namespace).create(semaphore, { signal });
        return true;
      }
      case 'create': {
        const { kind, metadata } = write.claim;
        await claimsOf(client, kindOf(kind), metadata.namespace ?? '').create(write.claim, { signal });
        return true;
      }
      case 'renew': {
        const { name, namespace = '', resourceVersion } = write.claim.metadata;
        const patch = { spec: { renewTime: write.renewTime } } as never;
        await claimsOf(client, kindOf(write.claim.kind), namespace).mergePatch(name, patch, {
          resourceVersion,
          signal,
        });
        return true;
      }
      case 'delete': {
        const { name, namespace = '', uid } = write.claim.metadata;
        await claimsOf(client, kindOf(write.claim.kind), namespace).delete(name, { uid, signal });
        return true;
      }
    }
  } catch (error) {
    if (write.does === 'create-semaphore' && isAlreadyExists(error)) return true;
    // gone already, or another by now
    if (write.does === 'delete' && (isNotFound(error) || isConflict(error))) return true;
    if (isAlreadyExists(error) || isConflict(error) || (write.does === 'renew' && isNotFound(error))) return false;
    throw error;
  }
}

const RESOURCE_KINDS = { Semaphore, Lease, Barrier, Gate } as const;

const resources = (client: KubeClient, kind: Step['resource']['kind'], namespace: string) =>
  client.of(RESOURCE_KINDS[kind], namespace) as unknown as Resource<StepResource>;

const claimsOf = (client: KubeClient, kind: ClaimKind, namespace: string) =>
  client.of(kind, namespace) as unknown as Resource<StepClaim, NewClaim>;

const kindOf = (kind: string): ClaimKind =>
  Object.values(CLAIM_KINDS).find((known) => known?.kind === kind) as ClaimKind;

async function sight<T extends KubeObject>(
  resource: Pick<Resource<T>, 'get'>,
  name: string,
  signal?: AbortSignal,
): Promise<Sight<T>> {
  try {
    return await resource.get(name, { signal });
  } catch (error) {
    // a 404 that names nothing says that the kind is not served: the operator may yet be installed
    if (isNotFound(error) && error.details.name === name) return 'missing';
    throw error;
  }
}

/** The user's mistake ends the step; the world's trouble is waited out. */
export function replyTo(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  // a quota has room again some day
  if (isForbidden(error) && !/exceeded quota/.test(message)) return failed('Forbidden', message);
  if (isInvalid(error) || isBadRequest(error)) return failed('Invalid', message);
  if (isNotFound(error) && error.details.kind === 'namespaces') return failed('Invalid', `namespace: ${message}`);
  return waiting('Unreachable', `the API server could not be asked, and will be again: ${message}`);
}

const isBadRequest = (error: unknown): boolean => error instanceof KubeError && error.code === 400;
