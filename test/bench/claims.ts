import { API_VERSION } from '../../src/api/group.ts';
import type { NewObjectOf, ObjectOf } from '../../src/api/kind.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { type Ear, earOn } from './ear.ts';
import type { Engine } from './engine.ts';

type NewPermit = NewObjectOf<typeof Permit>;
type Terms = Partial<NewPermit['spec']>;

export const aPermit = (name: string, semaphore: string, terms: Terms = {}): NewPermit => ({
  apiVersion: API_VERSION,
  kind: 'Permit',
  metadata: { name },
  spec: { semaphore, holder: 'worker-1', ttl: '10m', ...terms },
});

export const aSemaphore = (name: string, permits: number): NewObjectOf<typeof Semaphore> => ({
  apiVersion: API_VERSION,
  kind: 'Semaphore',
  metadata: { name },
  spec: { permits, ttl: '10m' },
});

/** What is used of an engine for semaphores: the collections, and an ear on each. */
export async function claimsOf({ client, namespace, bare }: Engine) {
  const semaphores = client.of(Semaphore, namespace);
  const permits = client.of(Permit, namespace);
  const permitEar = await earOn<ObjectOf<typeof Permit>>(permits);
  return {
    semaphores,
    permits,
    [Symbol.asyncDispose]: () => permitEar[Symbol.asyncDispose](),
    barePermits: client.of(Permit, bare),
    permitEar,
    /** One watch by name, as a waiting client has it. */
    semaphoreEar: (name: string) =>
      earOn<ObjectOf<typeof Semaphore>>(semaphores, { fieldSelector: `metadata.name=${name}` }),
  };
}

export type Claims = Awaited<ReturnType<typeof claimsOf>>;

export const isGranted = ({ status }: Permit): boolean => status?.phase === 'Granted';
export const grants =
  (claim: string) =>
  ({ status }: Semaphore): boolean =>
    status?.intents?.some((intent) => intent.claim === claim) ?? false;

/** Makes a semaphore and waits until the operator has taken note. */
export async function madeSemaphore({ semaphores, semaphoreEar }: Claims, name: string, permits: number) {
  const ear: Ear<Semaphore> = await semaphoreEar(name);
  const seen = ear.when(name, ({ status }) => status?.phase !== undefined);
  await semaphores.create(aSemaphore(name, permits));
  await seen;
  return ear;
}

/** What the operator writes on a claim that it grants: a patch of the same size, for controls. */
export const GRANT: NonNullable<Permit['status']> = {
  phase: 'Granted',
  token: 1_234_567,
  acquiredAt: '2026-01-01T00:00:00.000000Z',
  expiresAt: '2026-01-01T00:10:00.000000Z',
  observedGeneration: 1,
  conditions: [
    {
      type: 'Granted',
      status: 'True',
      reason: 'Granted',
      message: 'granted with token 1234567',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00.000000Z',
    },
  ],
};
