import { describe, expect, it } from 'vitest';
import type { Permit } from '../src/api/permit.ts';
import type { Semaphore } from '../src/api/semaphore.ts';
import { aRun, aStep } from '../test/support/engine-steps.ts';
import { answer, cancel, needsOf, OUTPUTS, type Step, type StepView } from './step.ts';
import { claimNameFor, newClaim } from './step-claim.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const step = aStep(aRun(), 'build', { ttl: '5m' });

const view = (seen: Partial<StepView>): StepView => ({
  resource: 'unseen',
  claim: 'missing',
  claims: [],
  now: NOW,
  ...seen,
});

/** The claim that the step makes, as the operator has left it. */
function claimOf(of: Step, status?: Permit['status'], more: Partial<Permit['metadata']> = {}): Permit {
  const made = newClaim(of) as unknown as Permit;
  const known = {
    uid: `uid-of-${made.metadata.name}`,
    resourceVersion: '5',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return {
    ...made,
    metadata: { ...made.metadata, ...known, ...more },
    spec: { ...made.spec, weight: 1 },
    ...(status && { status }),
  };
}

const semaphore = (status: Semaphore['status'] = {}): Semaphore => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Semaphore',
  metadata: {
    name: 'db',
    namespace: 'default',
    uid: 's',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { permits: 3, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 } as Semaphore['spec'],
  status,
});

const refused = (reason: string, message: string): Permit['status'] => ({
  phase: 'Denied',
  conditions: [{ type: 'Granted', status: 'False', reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' }],
});

const intentFor = ({ metadata }: Permit, token: number) => ({
  ...{ claim: metadata.name, namespace: 'default', uid: metadata.uid, holder: 'h', token, weight: 1 },
  ...{ acquiredAt: '2026-01-01T00:00:00.000000Z', expiresAt: '2026-01-01T00:05:00.000000Z' },
});

describe('the claim of a step', () => {
  it('has one name, whoever asks and however often', () => {
    expect(claimNameFor(aStep(aRun(), 'build'))).toBe(claimNameFor(step));
    const names = [
      step,
      aStep(aRun('run-2'), 'build'),
      aStep(aRun(), 'test'),
      aStep(aRun(), 'build', { name: 'other' }),
      aStep(aRun(), 'build', { namespace: 'shared' }),
      aStep(aRun(), 'build', { identity: { attempt: 1 } }),
    ].map(claimNameFor);
    expect(new Set(names).size).toBe(names.length);
  });

  it('fits, however long the step is called', () => {
    const long = aStep(aRun(), `wf[0].${'deep.'.repeat(80)}(0)`, { name: `${'x'.repeat(62)}.y` });
    const other = aStep(aRun(), `wf[0].${'deep.'.repeat(80)}(1)`, { name: `${'x'.repeat(62)}.y` });
    const { metadata, spec } = newClaim(long) as unknown as Permit;
    expect(metadata.name.length).toBeLessThanOrEqual(253);
    expect(spec.requestId?.length).toBeLessThanOrEqual(253);
    expect(spec.holder.length).toBeLessThanOrEqual(253);
    expect(spec.holder).not.toBe((newClaim(other) as unknown as Permit).spec.holder);
  });

  it('is looked at where it is needed, and only there', () => {
    expect(needsOf(step).claim?.name).toBe(claimNameFor(step));
    expect(needsOf(aStep(aRun(), 'r', { action: 'release' }))).toMatchObject({
      claim: undefined,
      claims: { namespace: 'default', fieldSelector: 'spec.semaphore=db' },
    });
    expect(needsOf(aStep(aRun(), 'w', { kind: 'Gate' }))).toEqual({ claim: undefined, claims: undefined });
  });
});

describe('a step that acquires', () => {
  const held = claimOf(step, { phase: 'Granted', token: 7, acquiredAt: 'a', expiresAt: 'e' });
  const waiting = claimOf(step);
  const full = semaphore({ inUse: 3 });

  it.each<[string, Partial<StepView>, object, readonly string[]]>([
    ['asks when there is nothing', { resource: full }, { is: 'waiting', reason: 'Queued' }, ['create']],
    ['does nothing before it has looked', { claim: 'unseen' }, { is: 'waiting', reason: 'NotSeen' }, []],
    [
      'waits',
      { claim: waiting, resource: full },
      { message: 'waiting for a permit of semaphore "db": 3 of 3 are held' },
      [],
    ],
    ['holds', { claim: held }, { is: 'succeeded', outputs: { token: '7', claim: held.metadata.name } }, []],
    [
      'holds by the swap alone',
      { claim: waiting, resource: semaphore({ intents: [intentFor(waiting, 8)] }) },
      { is: 'succeeded', outputs: { token: '8' } },
      [],
    ],
    [
      'is refused',
      { claim: claimOf(step, refused('QueueFull', 'too many')) },
      { is: 'failed', reason: 'Denied', message: 'semaphore "db" was refused: too many' },
      [],
    ],
    [
      'gives back what the other operator granted when this one refused',
      { claim: claimOf(step, refused('TimedOut', 'late')), resource: semaphore({ intents: [intentFor(waiting, 8)] }) },
      { is: 'failed', reason: 'TimedOut' },
      ['delete'],
    ],
    [
      'has lost what it had',
      { claim: claimOf(step, { phase: 'Lost', token: 7 }) },
      { is: 'failed', reason: 'Lost' },
      [],
    ],
    [
      'waits until an old claim is gone',
      { claim: claimOf(step, undefined, { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
      { is: 'waiting', reason: 'Leaving' },
      [],
    ],
    [
      'is told of a missing semaphore by the claim, where nobody looks',
      { claim: claimOf(step, { conditions: refused('NoSuchResource', '')?.conditions }) },
      { reason: 'NoSuchResource', message: 'semaphore "db" does not exist yet' },
      [],
    ],
    [
      'says its place to those who know the queue',
      { claim: waiting, resource: full, queue: [waiting] },
      { message: expect.stringContaining('semaphore "db": 1st of 1 waiting') },
      [],
    ],
  ])('%s', (_, seen, reply, writes) => {
    const said = answer(step, view(seen));
    expect(said.reply).toMatchObject(reply);
    expect(said.writes.map(({ does }) => does)).toEqual(writes);
    expect(answer(step, view(seen)), 'asking again is the same').toEqual(said);
  });

  it('makes the semaphore first, and only when it is known to be missing', () => {
    const bringing = aStep(aRun(), 'build', { permits: 2 });
    expect(answer(bringing, view({ resource: 'missing' })).writes.map(({ does }) => does)).toEqual([
      'create-semaphore',
      'create',
    ]);
    expect(answer(bringing, view({ resource: 'unseen' })).writes.map(({ does }) => does)).toEqual(['create']);
    const elsewhere = aStep(aRun(), 'build', { permits: 2, namespace: 'shared' });
    expect(answer(elsewhere, view({ resource: 'missing' }))).toMatchObject({
      reply: { is: 'failed', reason: 'Invalid' },
      writes: [],
    });
  });

  it.each<[string, (claim: Permit) => Permit]>([
    ['that another run owns', (claim) => ({ ...claim, metadata: { ...claim.metadata, ownerReferences: [] } })],
    ['on something else', (claim) => ({ ...claim, spec: { ...claim.spec, semaphore: 'other' } })],
    ['of less weight', (claim) => ({ ...claim, spec: { ...claim.spec, weight: 2 } })],
    ['of another holder', (claim) => ({ ...claim, spec: { ...claim.spec, holder: 'somebody' } })],
    ['of another request', (claim) => ({ ...claim, spec: { ...claim.spec, requestId: 'x' } })],
  ])('takes no claim %s for its own, nor deletes it', (_, change) => {
    const claim = change(held);
    expect(answer(step, view({ claim })).reply).toMatchObject({ is: 'failed', reason: 'NotOurs' });
    expect(cancel(step, view({ claim }))).toEqual([]);
  });

  it('always gives every output, as text', () => {
    for (const one of [step, aStep(aRun(), 'r', { action: 'release' })]) {
      const { reply } = answer(one, view({ claim: held }));
      if (reply.is !== 'succeeded') throw new Error(reply.message);
      expect(Object.keys(reply.outputs).sort()).toEqual([...OUTPUTS].sort());
      for (const value of Object.values(reply.outputs)) expect(value).toBeTypeOf('string');
    }
  });
});
