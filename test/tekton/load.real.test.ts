import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { conditionOf, type Ground, isFree, type Run, resultsOf } from './ground.ts';
import { pipelineRun, semaphore, task } from './objects.ts';
import { tektonSuite } from './suite.ts';

const suite = tektonSuite();
const PERMITS = 3;
/** A hundred take three minutes on a machine that is busy with other things: as many as that when asked for. */
const RUNS = Number(process.env.KONDUCTOR_TEKTON_RUNS ?? 40);

/** Two turns at the same permits, each let go by hand, and a third that only the end of the run lets go. */
const STEPS = ['lock', 'unlock', 'again', 'free', 'last'] as const;

const contender = (name: string) => {
  const at = (index: number, params: Record<string, string> = {}) =>
    task(STEPS[index] as string, 'Semaphore', 'db', params, index > 0 ? { runAfter: [STEPS[index - 1]] } : {});
  return pipelineRun(name, [at(0), at(1, { action: 'release' }), at(2), at(3, { action: 'release' }), at(4)]);
};

const MILLISECONDS = 1;

/** What the results say was held, from when to when, and by which token. */
async function holdsIn(on: Ground): Promise<readonly Held[]> {
  const runs = new Map((await on.list<Run>('pipelineruns')).map((run) => [run.metadata.name, run]));
  const tasks = new Map((await on.list<Run>('customruns')).map((run) => [run.metadata.name, run]));
  return [...runs.keys()].flatMap((name) => {
    const results = (step: string) => resultsOf(tasks.get(`${name}-${step}`) as Run);
    const began = (step: string) => Date.parse(tasks.get(`${name}-${step}`)?.metadata.creationTimestamp ?? '');
    const held = (step: string, until: number): Held => ({
      token: Number(results(step)['token']),
      from: Date.parse(results(step)['acquiredAt'] ?? ''),
      until,
    });
    // an earliest end: it was still held when the next step was made, and when the run was over
    return [
      held('lock', began('unlock')),
      held('again', began('free')),
      held('last', Date.parse(runs.get(name)?.status?.completionTime ?? '')),
    ];
  });
}

interface Held {
  readonly token: number;
  readonly from: number;
  readonly until: number;
}

/** Most that were held at one moment for certain. */
function mostAtOnce(holds: readonly Held[]): number {
  const turns = holds
    .filter(({ from, until }) => until - from > MILLISECONDS)
    .flatMap(({ from, until }) => [
      { at: from, by: 1 },
      { at: until, by: -1 },
    ])
    .toSorted((one, other) => one.at - other.at || one.by - other.by);
  let now = 0;
  let most = 0;
  for (const { by } of turns) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

describe('many PipelineRuns of five steps contend for three permits', () => {
  it.each<[runs: number, kills: number, within: number]>([
    [RUNS, 0, 240_000],
    [30, 6, 240_000],
  ])('%i of them, with %i deaths of the operator and its door', { timeout: 300_000 }, async (count, kills, within) => {
    const on = await suite.ground();
    await on.create(semaphore('db', PERMITS));
    const random = seededRandom(1);
    const began = performance.now();
    const names = Array.from({ length: count }, (_, index) => `run-${index}`);
    await Promise.all(names.map((name) => on.create(contender(name))));
    for (let kill = 0; kill < kills; kill++) {
      await pause(200 + random() * 800); // at any moment of its work
      await suite.restartDoor();
    }
    for (const name of names)
      expect(conditionOf(await on.done('pipelineruns', name, within)), name).toMatchObject({ status: 'True' });
    const seconds = (performance.now() - began) / 1_000;
    await on.seen<Semaphore>('semaphores', 'db', isFree);

    const holds = await holdsIn(on);
    const tokens = holds.map(({ token }) => token).toSorted((one, other) => one - other);
    expect(tokens).toHaveLength(count * 3);
    // a token for each grant and none twice; granted in the order of the tokens
    expect(new Set(tokens).size).toBe(tokens.length);
    const inOrder = holds.toSorted((one, other) => one.token - other.token).map(({ from }) => from);
    expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
    expect(mostAtOnce(holds)).toBeLessThanOrEqual(PERMITS);
    process.stderr.write(
      `${count} PipelineRuns x ${STEPS.length} steps, ${kills} kills: ${seconds.toFixed(1)} s, ${((count * STEPS.length) / seconds).toFixed(1)} steps/s\n`,
    );
  });
});
