import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, timeAt } from '../../test/support/claims.ts';
import {
  a,
  aGate,
  aJob,
  aPipelineRun,
  aPod,
  aResource,
  type GateBuilder,
  type Subject,
  seen,
  sightOf,
} from '../../test/support/gates.ts';
import { Gate } from '../api/gate.ts';
import { API_VERSION } from '../api/group.ts';
import { problemsOf } from '../api/validate.ts';
import { decideGate, mayLookAt, subjectsOf } from './gate.ts';
import type { Moment } from './moment.ts';

const decide = (gate: GateBuilder, subjects: readonly Subject[], now: Moment = at(0), since = at(0)) =>
  decideGate({ gate: gate.object, subjects: sightOf(subjects), since, now });

/** What it is, and why: `Waiting False Waiting: 0 of 1 met; …`. */
function outcomeOf(gate: GateBuilder, subjects: readonly Subject[], now?: Moment, since?: Moment): string {
  const status = decide(gate, subjects, now, since).swap?.status ?? gate.object.status;
  const open = status?.conditions?.find(({ type }) => type === 'Open');
  return `${status?.phase} ${open?.status} ${open?.reason}: ${open?.message}`;
}

/** The gate as it is once the decision has been carried out. */
function decided(gate: GateBuilder, subjects: readonly Subject[], now?: Moment): GateBuilder {
  const { swap } = decide(gate, subjects, now);
  return swap ? gate.status(swap.status) : gate;
}

type On = Parameters<GateBuilder['on']>[0];

const loader = aJob('x');
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' };

describe('a condition of a gate', () => {
  const message = (on: On, subject: Subject | undefined) => {
    const { swap } = decide(aGate('ready').on(on), subject ? [subject] : []);
    const entry = swap?.status.conditionStatuses?.[0];
    return `${entry?.type} ${entry?.name} ${entry?.met ? 'met' : 'not met'}: ${entry?.message}`;
  };

  it.each<[promise: string, on: On, subject: Subject | undefined, then: string]>([
    ['a job that is Complete', { job: 'x' }, loader.complete(), 'Job x met: is Complete'],
    ['a job by its condition, not by its counts', { job: 'x' }, loader.halfDone(), 'Job x not met: is Active'],
    ['a job that failed', { job: 'x' }, loader.failed(), 'Job x not met: is Failed'],
    ['a job that is to have failed', { job: 'x', state: 'Failed' }, loader.failed(), 'Job x met: is Failed'],
    ['a job at work', { job: 'x', state: 'Active' }, loader.active(), 'Job x met: is Active'],
    ['a suspended job', { job: 'x', state: 'Active' }, loader.suspended(), 'Job x not met: is Suspended'],
    [
      'a job in the typed form',
      { type: 'Job', name: 'x', state: 'Complete' },
      loader.complete(),
      'Job x met: is Complete',
    ],
    ['a job that is not there', { job: 'x' }, undefined, 'Job x not met: is not there yet'],
    [
      'a job it may not see, in the same words',
      { job: 'x' },
      seen('Job', 'x', 'forbidden'),
      'Job x not met: is not there yet',
    ],
    ['a job nobody has looked at', { job: 'x' }, seen('Job', 'x', 'unknown'), 'Job x not met: is not known yet'],
    [
      'a job the operator may not read',
      { job: 'x' },
      seen('Job', 'x', 'unreadable'),
      'Job x not met: the operator may not read Job of batch/v1 in namespace default: let it get, list and watch them',
    ],
    ['an open barrier', { barrier: 'x' }, a('Barrier', 'x').in('Open'), 'Barrier x met: is Open'],
    ['a barrier that waits', { barrier: 'x' }, a('Barrier', 'x').in('Waiting'), 'Barrier x not met: is Waiting'],
    [
      'a barrier that is not open, as older clients ask',
      { barrier: 'x', state: 'Closed' },
      a('Barrier', 'x').in('Waiting'),
      'Barrier x met: is Waiting',
    ],
    [
      'a barrier that timed out',
      { barrier: 'x', state: 'Timeout' },
      a('Barrier', 'x').in('Timeout'),
      'Barrier x met: is Timeout',
    ],
    [
      'a barrier without a status, for any state',
      { barrier: 'x', state: 'Closed' },
      a('Barrier', 'x').new(),
      'Barrier x not met: has no status yet',
    ],
    ['a free lease', { lease: 'x' }, a('Lease', 'x').in('Available'), 'Lease x met: is Available'],
    ['a held lease', { lease: 'x' }, a('Lease', 'x').in('Held'), 'Lease x not met: is Held'],
    [
      'a held lease, as older clients ask',
      { lease: 'x', state: 'Acquired' },
      a('Lease', 'x').in('Held'),
      'Lease x met: is Held',
    ],
    ['a permit', { semaphore: 'x' }, a('Semaphore', 'x').in('Ready', { available: 1 }), 'Semaphore x met: has 1 free'],
    [
      'permits',
      { semaphore: 'x', permits: 2 },
      a('Semaphore', 'x').in('Ready', { available: 1 }),
      'Semaphore x not met: has 1 free',
    ],
    [
      'permits in the typed form',
      { type: 'Semaphore', name: 'x', value: 2 },
      a('Semaphore', 'x').in('Ready', { available: 2 }),
      'Semaphore x met: has 2 free',
    ],
    [
      'permits of a ready semaphore',
      { semaphore: 'x', state: 'Ready', permits: 2 },
      a('Semaphore', 'x').in('Ready', { available: 1 }),
      'Semaphore x not met: has 1 free',
    ],
    [
      'no permits of one that goes',
      { semaphore: 'x' },
      a('Semaphore', 'x').in('Terminating', { available: 3 }),
      'Semaphore x not met: is being deleted',
    ],
    [
      'a full semaphore',
      { semaphore: 'x', state: 'Full' },
      a('Semaphore', 'x').in('Full', { available: 0 }),
      'Semaphore x met: is Full',
    ],
    ['another gate', { gate: 'x' }, a('Gate', 'x').in('Open'), 'Gate x met: is Open'],
    [
      'another gate that is shut',
      { gate: 'x', state: 'Closed' },
      a('Gate', 'x').in('Waiting'),
      'Gate x met: is Waiting',
    ],
    ['a pod that is ready', { pod: 'x' }, aPod('x').ready(), 'Pod x met: is Running'],
    ['a pod that is running only', { pod: 'x' }, aPod('x').in('Running'), 'Pod x not met: is Running'],
    ['a pod that succeeded', { pod: 'x', state: 'Succeeded' }, aPod('x').in('Succeeded'), 'Pod x met: is Succeeded'],
    ['a workflow', { workflow: 'x' }, a('Workflow', 'x').in('Succeeded'), 'Workflow x met: is Succeeded'],
    ['a workflow in error', { workflow: 'x' }, a('Workflow', 'x').in('Error'), 'Workflow x not met: is Error'],
    [
      'a workflow that has not begun',
      { workflow: 'x', state: 'Running' },
      a('Workflow', 'x').new(),
      'Workflow x not met: has no status yet',
    ],
    ['a pipeline run', { pipelineRun: 'x' }, aPipelineRun('x').succeeded('True'), 'PipelineRun x met: is Succeeded'],
    [
      'a pipeline run that failed',
      { pipelineRun: 'x', state: 'Failed' },
      aPipelineRun('x').succeeded('False'),
      'PipelineRun x met: is Failed',
    ],
    [
      'a pipeline run at work',
      { pipelineRun: 'x', state: 'Running' },
      aPipelineRun('x').succeeded('Unknown'),
      'PipelineRun x met: is Running',
    ],
    [
      'a pipeline run that has not begun',
      { pipelineRun: 'x', state: 'Running' },
      aPipelineRun('x').new(),
      'PipelineRun x not met: has no status yet',
    ],
    [
      'any object, in CEL',
      { resource: deployment, when: 'object.status.ready >= 2' },
      aResource('Deployment', 'x', { status: { ready: 2 } }),
      'Deployment x met: is as `when` says',
    ],
    [
      'an object that is otherwise',
      { resource: deployment, when: 'object.status.ready >= 2' },
      aResource('Deployment', 'x', { status: { ready: 1 } }),
      'Deployment x not met: `when` is false',
    ],
    [
      'an object without the field yet',
      { resource: deployment, when: 'object.status.ready >= 2' },
      aResource('Deployment', 'x', {}),
      'Deployment x not met: `when` has no answer yet: field not found: status',
    ],
    [
      'no CEL',
      { resource: deployment, when: 'object.status >' },
      aResource('Deployment', 'x', {}),
      'Deployment x not met: `when` cannot be evaluated: <input>:1:15: found > but expecting end of input',
    ],
    [
      'CEL that is neither true nor false',
      { resource: deployment, when: 'object.kind' },
      aResource('Deployment', 'x', {}),
      'Deployment x not met: `when` cannot be evaluated: it is neither true nor false',
    ],
  ])('%s', (_, on, subject, then) => expect(message(on, subject)).toBe(then));
});

const ready = aGate('ready').on({ job: 'x' });
const both = aGate('ready').on({ job: 'x' }, { barrier: 'y' });
const [met, unmet] = [[loader.complete()], [loader.active()]];
const waiting = 'Waiting False Waiting: 0 of 1 met; waiting for job x to be Complete';

describe('a gate', () => {
  const elsewhere = aGate('ready').on(
    { semaphore: 'db', permits: 2, namespace: 'other' },
    { resource: deployment, when: 'true' },
  );
  const crowd = aGate('ready').on(...['a', 'b', 'c', 'd', 'e'].map((job) => ({ job })));
  const opened = decided(ready, met);
  const level = ready.unlatched();

  it('closes and opens again only once it has rested: whoever sees it late would else quarrel with who does not', () => {
    const [first, closing] = [decide(level, met).swap, decide(decided(level, met), []).swap];
    expect([first?.urgent, closing?.status.phase, closing?.urgent]).toEqual([true, 'Waiting', false]);
  });

  it.each<[promise: string, gate: GateBuilder, subjects: Subject[], atSecond: number, then: string]>([
    ['waits', ready, unmet, 0, waiting],
    ['opens', ready, met, 0, 'Open True AllMet: all 1 met'],
    ['wants all of it', both, met, 0, 'Waiting False Waiting: 1 of 2 met; waiting for barrier y to be Open'],
    [
      'says where it looks',
      elsewhere,
      [],
      0,
      'Waiting False Waiting: 0 of 2 met; waiting for semaphore other/db to have 2 permits free, Deployment x to be as `when` says',
    ],
    [
      'says it briefly',
      crowd,
      [],
      0,
      'Waiting False Waiting: 0 of 5 met; waiting for job a to be Complete, job b to be Complete, job c to be Complete and 2 more',
    ],
    [
      'says what it may not read',
      ready,
      [seen('Job', 'x', 'unreadable')],
      0,
      'Waiting Unknown CannotRead: 0 of 1 met; waiting for job x to be Complete; the operator may not read Job of batch/v1 in namespace default: let it get, list and watch them',
    ],
    ['stays open', opened, unmet, 5, 'Open True AllMet: all 1 met'],
    ['closes again without a latch', decided(level, met), unmet, 5, waiting],
    ['opens again without a latch', decided(decided(level, met), unmet), met, 5, 'Open True AllMet: all 1 met'],
    [
      'does not close because the operator is new',
      decided(level, met),
      [seen('Job', 'x', 'unknown')],
      5,
      'Open True AllMet: all 1 met',
    ],
    [
      'closes when what is known says so',
      decided(both.unlatched(), [...met, a('Barrier', 'y').in('Open')]),
      [...unmet, seen('Barrier', 'y', 'unknown')],
      5,
      'Waiting False Waiting: 0 of 2 met; waiting for job x to be Complete, barrier y to be Open',
    ],
    [
      'does not open on what is not known',
      both,
      [...met, seen('Barrier', 'y', 'unknown')],
      0,
      'Waiting False Waiting: 1 of 2 met; waiting for barrier y to be Open',
    ],
    ['waits until its time is up', ready.timeout('30s'), unmet, 29.999, waiting],
    [
      'fails when its time is up',
      ready.timeout('30s'),
      unmet,
      30,
      'Failed False TimedOut: not in time: 0 of 1 met; waiting for job x to be Complete',
    ],
    ['opens when it is met in the same look', ready.timeout('30s'), met, 30, 'Open True AllMet: all 1 met'],
    ['does not fail on what is not known', ready.timeout('30s'), [seen('Job', 'x', 'unknown')], 99, waiting],
    ['takes 0s as not said', ready.timeout('0s'), unmet, 99, waiting],
    [
      'stays failed',
      decided(ready.timeout('30s'), unmet, at(30)),
      met,
      31,
      'Failed False TimedOut: not in time: 0 of 1 met; waiting for job x to be Complete',
    ],
    ['does not fail once it has been open', decided(level.timeout('30s'), met), unmet, 99, waiting],
  ])('%s', (_, gate, subjects, seconds, then) => expect(outcomeOf(gate, subjects, at(seconds))).toBe(then));

  it('counts on what is written after a restart, but a minute', () => {
    const gate = ready.timeout('30m');
    expect(outcomeOf(gate, unmet, at(1_859), at(1_200))).toBe(waiting);
    expect(outcomeOf(gate, unmet, at(1_860), at(1_200))).toMatch(/^Failed/);
  });

  it('is not hurried by a wall clock that jumps', () => {
    expect(outcomeOf(ready.timeout('30s'), unmet, { ...at(5), wall: at(99_999).wall })).toBe(waiting);
  });

  it('looks again at its deadline', () => {
    expect(decide(ready.timeout('30s'), unmet, at(5)).wakeAt).toBe(at(30).elapsed);
    expect(decide(ready, unmet, at(5)).wakeAt).toBeUndefined();
  });

  it('says when it opened last', () => {
    const level = ready.unlatched();
    const closed = decided(decided(level, met, at(5)), unmet, at(6));
    expect(closed.object.status?.openedAt).toBe(timeAt(5));
    expect(decided(closed, met, at(7)).object.status?.openedAt).toBe(timeAt(7));
  });

  it('says what is wrong with a condition', () => {
    const gate = aGate('ready').on({ resource: deployment, when: 'object.a >' });
    const { swap } = decide(gate, [aResource('Deployment', 'x', {})]);
    expect(swap?.status.conditions).toMatchObject([
      { type: 'Open', status: 'False', reason: 'Waiting' },
      { type: 'Ready', status: 'False', reason: 'InvalidWhen' },
    ]);
  });

  it('hurries only when it opens or closes', () => {
    expect(decide(ready, met).swap?.urgent).toBe(true);
    expect(decide(decided(both, []), met).swap?.urgent).toBe(false);
  });
});

describe('a gate that people open', () => {
  const gate = aGate('manual');
  const [open, shut] = [gate.status({ phase: 'Open' }), gate.status({ phase: 'Waiting' })];
  const approved = decided(gate.by('open'), []);

  it.each<[promise: string, gate: GateBuilder, atSecond: number, then: string]>([
    ['waits for them', gate, 0, 'Waiting False Waiting: waiting for somebody to open it'],
    ['opens', gate.by('open'), 0, 'Open True OpenedByHand: somebody opened it'],
    ['closes', approved.by('closed'), 0, 'Waiting False ClosedByHand: somebody closed it'],
    [
      'stays as it was when nothing is said any more',
      gate.status(approved.object.status ?? {}),
      0,
      'Open True OpenedByHand: somebody opened it',
    ],
    ['is open when an older client wrote so', open, 9, 'Open True OpenedByHand: somebody opened it'],
    ['is shut when an older client wrote so', shut, 9, 'Waiting False Waiting: waiting for somebody to open it'],
    ['fails when nobody opens it in time', gate.timeout('30s'), 30, 'Failed False TimedOut: nobody opened it in time'],
    [
      'stays open when its time is up',
      decided(gate.timeout('30s').by('open'), []),
      99,
      'Open True OpenedByHand: somebody opened it',
    ],
    [
      'stays failed',
      decided(gate.timeout('30s'), [], at(30)).by('open'),
      31,
      'Failed False TimedOut: nobody opened it in time',
    ],
  ])('%s', (_, given, seconds, then) => expect(outcomeOf(given, [], at(seconds))).toBe(then));

  it('says when an older client opened it again', () => {
    const closed = decided(gate.status({ ...approved.object.status, phase: 'Waiting' }), [], at(60));
    const again = decided(gate.status({ ...closed.object.status, phase: 'Open' }), [], at(90));
    expect(again.object.status?.openedAt).toBe(timeAt(90));
  });

  it('keeps the time that an older client wrote', () => {
    const told = decided(gate, [], at(60)).object.status;
    const opened = decided(gate.status({ ...told, phase: 'Open', openedAt: '2026-01-01T10:01:00Z' }), [], at(61));
    expect(opened.object.status?.openedAt).toBe('2026-01-01T10:01:00Z');
  });
});

describe('what an operator watches for a gate', () => {
  it('is each subject, once', () => {
    const gate = aGate('ready').on(
      { job: 'x' },
      { type: 'Job', name: 'x', state: 'Failed' },
      { lease: 'y', namespace: 'other' },
      { resource: deployment, when: 'true' },
    );
    expect(subjectsOf(gate.object)).toEqual([
      { apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: 'x' },
      { apiVersion: API_VERSION, kind: 'Lease', namespace: 'other', name: 'y' },
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'x' },
    ]);
  });

  it.each<[string, GateBuilder, number]>([
    ['nothing once it is open for good', decided(ready, met), 0],
    ['nothing once it has failed', decided(ready.timeout('30s'), unmet, at(30)), 0],
    ['the subjects of an open gate that may close', decided(ready.unlatched(), met), 1],
  ])('is %s', (_, gate, count) => expect(subjectsOf(gate.object)).toHaveLength(count));

  const inOther = (apiVersion: string, allowedNamespaces?: unknown) => ({
    apiVersion,
    kind: 'Any',
    metadata: { ...ready.object.metadata, namespace: 'other' },
    spec: { allowedNamespaces },
  });

  it.each<[string, object, boolean]>([
    ['in its own namespace', { ...inOther('batch/v1'), metadata: ready.object.metadata }, true],
    ['that lets its namespace in', inOther(API_VERSION, ['default']), true],
    ['that lets everybody in', inOther(API_VERSION, ['*']), true],
    ['that lets others in', inOther(API_VERSION, ['third']), false],
    ['that says nothing', inOther(API_VERSION), false],
    ['of somebody else, whatever its fields mean', inOther('example.com/v1', 'default'), false],
  ])('may be an object %s', (_, object, then) => {
    expect(mayLookAt(ready.object, object as Parameters<typeof mayLookAt>[1])).toBe(then);
  });
});

describe('whatever happens to a gate', () => {
  const anyGate = fc
    .record({ count: fc.integer({ min: 0, max: 3 }), latched: fc.boolean(), timed: fc.boolean() })
    .map(({ count, latched, timed }) => {
      const gate = aGate('ready').on(...['a', 'b', 'c'].slice(0, count).map((job) => ({ job })));
      const shaped = latched ? gate : gate.unlatched();
      return timed ? shaped.timeout('60s') : shaped;
    });
  const anySight = fc.constantFrom<(name: string) => Subject[]>(
    (name) => [aJob(name).complete()],
    (name) => [aJob(name).complete()],
    (name) => [aJob(name).active()],
    (name) => [seen('Job', name, 'unknown')],
    (name) => [seen('Job', name, 'unreadable')],
    () => [],
  );
  const anyLook = fc.record({
    sights: fc.tuple(anySight, anySight, anySight),
    passes: fc.nat(30),
    wall: fc.integer({ min: -9_999, max: 9_999 }),
  });

  it('phases go one way where they should, it opens only when all is met, and the API server takes what it writes', () => {
    fc.assert(
      fc.property(anyGate, fc.array(anyLook, { maxLength: 10 }), (first, looks) => {
        let [gate, elapsed] = [first, 0];
        for (const { sights, passes, wall } of looks) {
          elapsed += passes;
          const subjects = ['a', 'b', 'c'].flatMap((name, index) => sights[index]?.(name) ?? []);
          const now = { wall: at(elapsed + wall).wall, elapsed: at(elapsed).elapsed };
          const next = decided(gate, subjects, now);
          const [old, phase] = [gate.object.status?.phase, next.object.status?.phase];
          const { conditions, latch } = gate.object.spec;
          if (old === 'Failed') expect(phase).toBe('Failed');
          if (old === 'Open' && latch) expect(phase).toBe('Open');
          if (old !== 'Open' && phase === 'Open') {
            expect(conditions.length).toBeGreaterThan(0);
            expect(next.object.status?.conditionStatuses?.every(({ met }) => met)).toBe(true);
          }
          if (phase === 'Failed') expect(elapsed).toBeGreaterThanOrEqual(60);
          expect(problemsOf(Gate, next.object, gate.object)).toEqual([]);
          expect(decide(next, subjects, now).swap).toBeUndefined();
          gate = next;
        }
      }),
      { numRuns: 200 },
    );
  });
});
