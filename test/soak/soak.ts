// node test/soak/soak.ts [--minutes 10] [--seed 1]: the whole client layer against the embedded server, with faults on.
import { getEventListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { wait } from '../../src/api/clock.ts';
import { createApiServer } from '../../src/apiserver/server.ts';
import { candidates } from './candidates.ts';
import { chance } from './chance.ts';
import { countingClock } from './counting-clock.ts';
import { entered, type Ground, groundOf, mark, NAMESPACE, newPermit } from './ground.ts';
import { type Held, heldNow, leaksBetween } from './held.ts';
import { requestTrouble, troubleWatches } from './trouble.ts';
import { type Patience, passerBy, type Reconciler, reconciler, type Watcher, watcher } from './watchers.ts';
import { COLOURS, makeShared, SEMAPHORES, visitor, writer } from './writers.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly writers: number;
  /** Of each selection. */
  readonly watchers: number;
  readonly candidates: number;
  readonly patience: Patience;
  /** Milliseconds between two troubles of the watches. */
  readonly calm: number;
  readonly onProgress?: (line: string) => void;
}

export interface SoakResult {
  /** Empty when all is well. */
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Ten minutes' worth: watches are patient enough that a busy machine is not taken for a dead server. */
export const LONG: Omit<SoakOptions, 'seconds' | 'seed'> = {
  writers: 20,
  watchers: 4,
  candidates: 4,
  calm: 1_000,
  patience: { shortest: 5, longest: 15, slack: 3_000, silence: 5_000, base: 50, most: 2_000 },
};

/** Seconds' worth. */
export const SHORT: Omit<SoakOptions, 'seconds' | 'seed'> = {
  writers: 8,
  watchers: 2,
  candidates: 3,
  calm: 400,
  patience: { shortest: 1, longest: 2, slack: 500, silence: 1_000, base: 20, most: 500 },
};

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const atFirst = heldNow();
  const clock = countingClock();
  const serverClock = countingClock();
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const dice = chance(options.seed);
  const server = createApiServer({ clock: serverClock, random: dice.random });
  const { url, ca } = await server.listen({ tls: 'self-signed' });
  const whenServing = heldNow();
  const ending = new AbortController();
  const ground = groundOf({ server, url, ca, clock, chance: dice, signal: ending.signal, count });

  await load(ground, ending, options);
  // first with a server that still listens: when it goes it takes the connections along that its clients forgot
  const problems = [...(await leftBehind(whenServing, 'clients', clock))];
  await server.close();
  problems.push(...(await leftBehind(atFirst, 'the server', serverClock)));
  problems.push(...ground.problems, ...ground.ledger.problems());
  for (const [outcome, number] of Object.entries(ground.ledger.counts)) counts[`writes told ${outcome}`] = number;
  return { problems, counts };
}

async function load(ground: Ground, ending: AbortController, options: SoakOptions): Promise<void> {
  const { server, chance: dice, count, signal } = ground;
  const { patience } = options;
  await makeShared(ground);
  const line = await ground.connect('watcher');
  const selections = [
    {},
    { labelSelector: `colour=${COLOURS[0]}` },
    { fieldSelector: `spec.semaphore=${SEMAPHORES[0]}` },
  ];
  const watchers = selections.flatMap((selection) =>
    Array.from({ length: options.watchers }, () => watcher(ground, line.permits, selection, patience)),
  );
  const work = reconciler(ground, watchers[0] as Watcher);

  server.faults.add(requestTrouble(dice, (name) => count(`fault ${name}`)));
  const busy = [
    ...Array.from({ length: options.writers }, (_, index) => writer(ground, `writer-${index}`)),
    ...Array.from({ length: 2 }, (_, index) => visitor(ground, `visitor-${index}`)),
    passerBy(ground, patience),
    candidates(ground, options.candidates),
  ];
  await troubled(ground, options);
  server.faults.clear();
  server.watches.thaw();
  // work goes on without trouble: what a watch misses now, no list makes good
  await wait(ground.clock, options.calm * CALM_AT_LAST);
  ending.abort(new Error('the soak is over'));
  await Promise.all(busy);

  await settled(ground, watchers, work, patience);
  await work.queue.drain();
  await Promise.all(watchers.map(({ stop }) => stop()));
  await line.close();
  const listening = getEventListeners(signal, 'abort').length;
  if (listening > 0) ground.problems.push(`leaked: ${listening} listeners of the signal that ended all`);
}

/** Paced by the clock: trouble for the watches every while, and a word about how it goes every half minute. */
async function troubled(ground: Ground, { seconds, calm, onProgress }: SoakOptions): Promise<void> {
  const { server, clock, chance: dice, count, ledger } = ground;
  const started = clock.monotonic();
  let said = 0;
  for (let elapsed = 0; elapsed < seconds; elapsed = (clock.monotonic() - started) / 1000) {
    await wait(clock, Math.min(calm * 2 * dice.random(), (seconds - elapsed) * 1000));
    troubleWatches(server, dice, (name) => count(`fault ${name}`));
    if (elapsed - said < PROGRESS) continue;
    said = elapsed;
    const { done, refused, unknown } = ledger.counts;
    const memory = `RSS ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`;
    onProgress?.(
      `${Math.round(elapsed)} s: ${done} writes done, ${refused} refused, ${unknown} unknown, ${memory}, ${clock.pending()} timers`,
    );
  }
}

/** So many times as long as between two troubles. */
const CALM_AT_LAST = 5;
const PROGRESS = 30;
/** Milliseconds until what is under way must have come to its end. */
const PATIENCE = 30_000;
/** Less than an idle connection or a forgotten timer needs to go away by itself. */
const CLOSING = 2_000;
const LOOK_AGAIN = 20;

/** A last write that every selection contains; then every cache must be what the server is. */
async function settled(
  ground: Ground,
  watchers: readonly Watcher[],
  work: Reconciler,
  patience: Patience,
): Promise<void> {
  const { clock, problems } = ground;
  const longest = patience.longest * 1000 + patience.slack + patience.most + PATIENCE;
  const { permits, close } = await ground.connect('last');
  const metadata = { name: 'last', labels: { colour: COLOURS[0] }, annotations: mark('last') };
  const last = await entered(ground, 'last', () => permits.create(newPermit(metadata, SEMAPHORES[0])));
  const version = last?.metadata.resourceVersion ?? '';
  const late = new AbortController();
  const timer = clock.after(longest, () => late.abort(new Error('too late')));
  for (const { cache, selection } of watchers) {
    const { items } = await permits.listAll(selection);
    const name = `a cache of ${JSON.stringify(selection)}`;
    await cache.waitFor(version, late.signal).catch(() => problems.push(`${name} never came to ${version}`));
    problems.push(...differences(name, items, cache.all()));
  }
  timer.cancel();
  await close();
  const idle = () => Object.values(work.queue.numbers()).every((number) => number === 0);
  if (!(await soon(idle, () => wait(clock, LOOK_AGAIN)))) {
    problems.push(`the work queue did not come to its end: ${JSON.stringify(work.queue.numbers())}`);
  }
  problems.push(...work.behind().map((name) => `the last state of ${name} was never worked on`));
}

interface Versioned {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

function differences(who: string, wanted: readonly Versioned[], found: readonly Versioned[]): readonly string[] {
  const known = new Map(found.map(({ metadata }) => [metadata.uid, metadata]));
  const missing = wanted
    .filter(({ metadata }) => known.get(metadata.uid)?.resourceVersion !== metadata.resourceVersion)
    .map(({ metadata }) => {
      const has = known.get(metadata.uid)?.resourceVersion ?? 'nothing';
      return `${who} has ${has} of ${NAMESPACE}/${metadata.name}, which is at ${metadata.resourceVersion}`;
    });
  const there = new Set(wanted.map(({ metadata }) => metadata.uid));
  const extra = found
    .filter(({ metadata }) => !there.has(metadata.uid))
    .map(({ metadata }) => `${who} has ${metadata.name}, which is gone`);
  return [...missing, ...extra];
}

/** Sockets close when their peer has answered: a little later than they are told to. */
async function leftBehind(
  before: Held,
  whose: string,
  { pending }: { readonly pending: () => number },
): Promise<readonly string[]> {
  const leaks = () => [
    ...leaksBetween(before, heldNow()).map((leak) => `${leak}, when ${whose} had closed`),
    ...(pending() > 0 ? [`leaked: ${pending()} timers of ${whose}`] : []),
  ];
  await soon(
    () => leaks().length === 0,
    () => pause(LOOK_AGAIN),
    CLOSING,
  );
  return leaks();
}

/** Whether it comes true within our patience; looked at again and again, since nothing tells when. */
async function soon(condition: () => boolean, pause: () => Promise<void>, within = PATIENCE): Promise<boolean> {
  const end = performance.now() + within;
  while (!condition()) {
    if (performance.now() > end) return false;
    await pause();
  }
  return true;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    },
  });
  const seconds = Number(values.minutes) * 60;
  process.stdout.write(`soaking for ${values.minutes} min, seed ${values.seed}\n`);
  const onProgress = (line: string) => void process.stderr.write(`  ${line}\n`);
  const { problems, counts } = await soak({ ...LONG, seconds, seed: Number(values.seed), onProgress });
  for (const [what, number] of Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    process.stdout.write(`${String(number).padStart(9)}  ${what}\n`);
  }
  const shown = problems.slice(0, 50).map((problem) => `  ${problem}\n`);
  process.stdout.write(
    problems.length === 0 ? 'no problem, no leak\n' : `${problems.length} problems:\n${shown.join('')}`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
