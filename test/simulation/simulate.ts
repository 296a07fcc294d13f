import type { Write } from '../../src/apiserver/store.ts';
import { judge } from './judge.ts';
import { people } from './people.ts';
import { drawScenario } from './scenario.ts';
import { STEPS, stepsOf } from './steps.ts';
import { world } from './world.ts';

export interface SimulateOptions {
  /** Told of everything that happens, a line each. */
  readonly onLine?: (line: string) => void;
}

export interface Outcome {
  readonly seed: number;
  /** Empty when every promise was kept. */
  readonly problems: readonly string[];
  readonly writes: number;
  /** The same for the same seed: what was written, by whom and when. */
  readonly print: number;
}

/** How long everything is left alone before it must have come to rest: the longest pause after a failure, and more. */
const REST = 75_000;
/** On top, for a watch that says nothing: before its first bookmark only its own time-out tells, of ten minutes at most. */
const SILENCE = 640_000;
/** How long after the last release everything must be empty. */
const EMPTYING = 15_000;
/** As long as a swap of counters alone is put off, and more; and how often a moment of that length is waited for. */
const QUIET = 1_300;
const MOST_TRIES = 200;
/** Nothing may be written in a further minute. */
const MINUTE = 60_000;

/** One run: everything in it, and so its outcome, comes from the seed. */
export async function simulate(seed: number, { onLine }: SimulateOptions = {}): Promise<Outcome> {
  const ground = world(seed);
  const { server, clock, dice, user } = ground;
  const sees = judge(() => clock.monotonic());
  let print = 0;
  server.onWrite((write) => {
    print = (Math.imul(print, 31) + hash(`${write.type}${write.key}${write.actor.agent}${clock.monotonic()}`)) | 0;
    onLine?.(lineOf(write, clock.monotonic()));
    sees.see(write);
    // who writes without end, in no time, would never let this end
    if (sees.isFlooded()) for (const one of [...ground.operators]) ground.kill(one);
  });
  const scenario = drawScenario(dice);
  const hands = people(user, scenario, dice, clock.now);
  const nextStep = stepsOf(dice);
  const say = (text: string) => onLine?.(`${seconds(clock.monotonic())} ---- ${text}`);
  say(JSON.stringify(scenario));

  for (let left = dice.between(1, 3); left > 0; left--) ground.start();
  if (dice.happens(0.85)) for (const kind of scenario.resources) await hands.make(kind);

  const longest = dice.oneOf([20, 300, 1_000, 4_000]) ?? 300;
  for (let left = dice.between(15, 45); left > 0 && sees.problems.length === 0; left--) {
    const name = nextStep();
    say(name);
    await STEPS[name]?.[1]({ world: ground, people: hands, scenario });
    if (ground.operators.length === 0 && dice.happens(0.5)) ground.start();
    if (dice.happens(0.8)) await ground.pass(dice.between(0, longest));
  }

  const problems = [...sees.problems];
  if (problems.length === 0) problems.push(...(await bringToRest()));
  const left = await ground.close();
  // a run that was cut short leaves what was under way: a paused operator that was still to be resumed, for one
  if (problems.length === 0) problems.push(...left);
  problems.push(...ground.complaints);
  return { seed, problems: [...new Set(problems)], writes: sees.writes, print };

  async function bringToRest(): Promise<readonly string[]> {
    say('no more trouble');
    ground.trouble.stop();
    server.watches.thaw();
    for (const { life } of ground.operators) life.plan(undefined);
    if (ground.operators.length === 0) ground.start();
    const isPatient = dice.happens(0.1);
    if (!isPatient) server.watches.cut();
    await ground.pass(REST + (isPatient ? SILENCE : 0));
    await quietMoment();
    const atRest = [...sees.problems, ...sees.atRest()];
    if (atRest.length > 0) return atRest;

    say('everybody lets go');
    for (const claim of [...hands.claims]) await hands.release(claim);
    await ground.pass(EMPTYING);
    const whenEmpty = [...sees.problems, ...sees.whenEmpty()];
    if (whenEmpty.length > 0) return whenEmpty;

    say('nothing more happens');
    const before = sees.writes;
    await ground.pass(MINUTE);
    const restless = sees.writes > before ? [`${sees.writes - before} writes while nothing happened`] : [];
    return [...sees.problems, ...restless];
  }

  /** Holds that end by time make room for others for as long as anybody waits: a moment between two of them. */
  async function quietMoment(): Promise<void> {
    for (let before = -1, tries = 0; sees.writes !== before && tries < MOST_TRIES; tries++) {
      before = sees.writes;
      await ground.pass(QUIET);
    }
  }
}

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(3).padStart(9);

function lineOf({ type, key, object, actor }: Write, at: number): string {
  const { status, spec, metadata } = object as unknown as {
    spec?: object;
    status?: object;
    metadata: { finalizers?: object };
  };
  const { conditions: _, ...short } = (status ?? {}) as { conditions?: unknown };
  const what = type === 'MODIFIED' ? JSON.stringify(short) : JSON.stringify(spec);
  const keeps = metadata.finalizers ? ' kept' : '';
  return `${seconds(at)} ${actor.agent.split('/').pop()?.padEnd(6)} ${type} ${object.kind} ${key}${keeps} rv=${object.metadata.resourceVersion} ${what}`;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}
