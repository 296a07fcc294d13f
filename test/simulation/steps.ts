import type { WatchPredicate } from '../../src/apiserver/watch-hub.ts';
import type { Chance } from '../soak/chance.ts';
import type { People } from './people.ts';
import type { Scenario } from './scenario.ts';
import { type Living, MOST_SKEW, type World } from './world.ts';

/** What a step may touch. */
export interface Stage {
  readonly world: World;
  readonly people: People;
  readonly scenario: Scenario;
}

type Step = (stage: Stage) => Promise<void> | void;

/** At most so many operators live at once. */
const MOST_OPERATORS = 3;
/** A process is not paused for longer: what its owners keep would be out of sight for too long. */
const LONGEST_PAUSE = 12_000;

/** No clock that is wrong by so much ends or grants anything by itself. */
const HOURS = 10 * 3_600_000;
/** What is written counts only for these, after a take-over. */
const waitsByTheWall = ({ scenario }: Stage): boolean =>
  scenario.resources.some((kind) => kind === 'Barrier' || kind === 'Gate');

const someone = ({ world }: Stage): Living | undefined => world.dice.oneOf(world.operators);

/** The watches of one operator, or of all, of one kind or of all. */
function someWatches(stage: Stage): WatchPredicate {
  const { dice } = stage.world;
  const name = dice.happens(0.8) ? someone(stage)?.name : undefined;
  const plural = dice.happens(0.8)
    ? dice.oneOf([
        'permits',
        'permits',
        'semaphores',
        'semaphores',
        'leases',
        'leaserequests',
        'barriers',
        'arrivals',
        'pods',
      ])
    : undefined;
  return ({ resource, actor }) =>
    (name === undefined || actor.agent.endsWith(`/${name}`)) &&
    (plural === undefined || resource.startsWith(`${plural}.`) || resource === plural);
}

/** Everything that can happen, and how often it does when nothing is drawn otherwise. */
export const STEPS: Readonly<Record<string, readonly [often: number, step: Step]>> = {
  claim: [30, ({ people }) => people.claim()],
  claimSeveral: [
    4,
    async ({ people, world }) => {
      for (let left = world.dice.between(2, 6); left > 0; left--) await people.claim();
    },
  ],
  renew: [
    14,
    async ({ people, world }) => {
      const claim = world.dice.oneOf(people.claims.filter(({ kind }) => kind !== 'Arrival'));
      if (claim) await people.renew(claim, world.clock.now());
    },
  ],
  label: [
    2,
    async ({ people, world }) => {
      const claim = world.dice.oneOf(people.claims);
      if (claim) await people.label(claim, `t${world.clock.monotonic()}`);
    },
  ],
  release: [
    14,
    async ({ people, world }) => {
      const claim = world.dice.oneOf(people.claims);
      if (claim) await people.release(claim);
    },
  ],
  ownerFinishes: [5, ({ people }) => people.finish()],
  resize: [4, ({ people, world: { dice } }) => people.edit('Semaphore', { permits: dice.between(1, 4) })],
  retime: [
    1,
    ({ people, scenario, world: { dice } }) =>
      people.edit('Semaphore', { ttl: dice.oneOf(scenario.ttls), maxTTL: null }),
  ],
  regrace: [1, ({ people, world: { dice } }) => people.edit('Lease', { gracePeriod: dice.oneOf(['0s', '2s']) })],
  readmit: [
    1,
    ({ people, world: { dice } }) => people.edit('Semaphore', { allowedNamespaces: dice.happens(0.5) ? ['*'] : null }),
  ],
  reexpect: [
    1,
    ({ people, world: { dice } }) => people.edit('Barrier', { expected: dice.between(1, 4), quorum: null }),
  ],
  prolong: [1, ({ people }) => people.edit('Barrier', { timeout: '30s' })],
  loaderCompletes: [2, ({ people }) => people.loaderCompletes()],
  loaderGoes: [1, ({ people }) => people.loaderGoes()],
  openGate: [1, ({ people, world: { dice } }) => people.edit('Gate', { open: dice.happens(0.6) }).catch(() => {})],
  remove: [
    3,
    async ({ people, scenario, world }) => {
      const kind = world.dice.oneOf(scenario.resources);
      if (kind) await people.remove(kind);
    },
  ],
  make: [
    6,
    async ({ people, scenario }) => {
      for (const kind of scenario.resources) await people.make(kind);
    },
  ],

  startOperator: [5, ({ world }) => void (world.operators.length < MOST_OPERATORS && world.start())],
  stopOperator: [2, (stage) => withOne(stage, (one) => stage.world.stop(one))],
  killOperator: [2, (stage) => withOne(stage, (one) => stage.world.kill(one))],
  planCrash: [
    6,
    (stage) =>
      withOne(stage, ({ life }) =>
        life.plan({ writes: stage.world.dice.between(0, 4), applied: stage.world.dice.happens(0.5) }),
      ),
  ],
  pauseOperator: [
    2,
    (stage) =>
      withOne(stage, ({ life }) => {
        const { clock, dice } = stage.world;
        life.pause();
        clock.after(dice.between(1, LONGEST_PAUSE), life.resume);
      }),
  ],
  clockJumps: [
    3,
    (stage) =>
      withOne(stage, ({ life }) => {
        const { clock, dice } = stage.world;
        const skew = life.clock.now() - clock.now();
        const most = waitsByTheWall(stage) ? MOST_SKEW : HOURS;
        life.jump(dice.between(-most, most) - skew);
      }),
  ],

  freezeWatches: [8, (stage) => void stage.world.server.watches.freeze(someWatches(stage))],
  thawWatches: [6, ({ world }) => world.server.watches.thaw()],
  cutWatches: [2, (stage) => stage.world.server.watches.cut(someWatches(stage))],
  endWatches: [1, (stage) => stage.world.server.watches.end(someWatches(stage))],
  expireWatches: [1, (stage) => stage.world.server.watches.expire(someWatches(stage))],
  halfOpenWatches: [1, (stage) => stage.world.server.watches.halfOpen(someWatches(stage))],
  compact: [1, ({ world }) => world.server.compact()],
};

function withOne(stage: Stage, act: (one: Living) => void): void {
  const one = someone(stage);
  if (one) act(one);
}

/** Draws which steps this run has a liking for, and from then on one step after the other. */
export function stepsOf(dice: Chance): () => string {
  const liking = Object.entries(STEPS).map(([name, [often]]) => {
    const factor = dice.happens(0.25) ? 0 : dice.happens(0.2) ? 4 : 1;
    return [name, name === 'claim' ? often : often * factor] as const;
  });
  const sum = liking.reduce((total, [, often]) => total + often, 0);
  return () => {
    let left = dice.random() * sum;
    for (const [name, often] of liking) {
      left -= often;
      if (left < 0) return name;
    }
    return 'claim';
  };
}
