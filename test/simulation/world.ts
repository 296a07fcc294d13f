import { type Operator, startOperator } from '../../operator/operator.ts';
import { type ApiServer, createApiServer } from '../../src/apiserver/server.ts';
import { promisesSettled, type VirtualClock, virtualClock } from '../../src/dev/virtual-clock.ts';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import { type Chance, chance } from '../soak/chance.ts';
import { transportTo } from '../support/operator-world.ts';
import { type Life, life } from './life.ts';
import { drawWeather, type Trouble, troubleOf } from './trouble.ts';

/** One server, one true time, any number of operators: everything that happens in it comes from one number. */
export interface World {
  readonly server: ApiServer;
  readonly clock: VirtualClock;
  /** What the schedule is drawn from. */
  readonly dice: Chance;
  /** Somebody whom no trouble befalls. */
  readonly user: KubeClient;
  readonly trouble: Trouble;
  /** Those who live, in the order in which they were started. */
  readonly operators: readonly Living[];
  /** What operators logged as faults of their own. */
  readonly complaints: readonly string[];
  /** Lets that many milliseconds pass, and everything happen that is due in them. */
  pass(milliseconds: number): Promise<void>;
  start(): void;
  /** Ends without a word. */
  kill(one: Living): void;
  /** Ends in good order. */
  stop(one: Living): void;
  close(): Promise<readonly string[]>;
}

export interface Living {
  readonly name: string;
  readonly life: Life;
  readonly operator: Operator;
}

const ELECTION = { namespace: 'default', name: 'konductor-operator' };
/** Wall clocks are at most this far from the true one, either way: less than half of what the rules allow for. */
export const MOST_SKEW = 25_000;
/** How long an operator may take to stop. */
const LONGEST_STOP = 60_000;

export function world(seed: number): World {
  const root = chance(seed);
  const dice = fork(root);
  const clock = virtualClock({ settled: promisesSettled });
  const server = createApiServer({ clock, random: fork(root).random, tracksFields: false, historyLimit: 0 });
  const trouble = troubleOf(fork(root), drawWeather(dice));
  server.faults.add(trouble.rule);
  const isElected = dice.happens(0.35);
  const operators: Living[] = [];
  const ends: Promise<void>[] = [];
  const complaints: string[] = [];
  let lives = 0;

  const leave = (one: Living): boolean => {
    const index = operators.indexOf(one);
    if (index >= 0) operators.splice(index, 1);
    return index >= 0;
  };
  const end = (one: Living): void => {
    if (leave(one)) ends.push(one.operator.stop());
  };
  const kill = (one: Living): void => {
    one.life.kill();
    end(one);
  };

  return {
    server,
    clock,
    dice,
    trouble,
    operators,
    complaints,
    user: kubeClient(transportTo(server), { clock, random: fork(root).random, userAgent: 'user' }),
    async pass(milliseconds) {
      // first what needs no time: it sets the timers
      await promisesSettled();
      await clock.advance(milliseconds);
    },
    start() {
      const name = `o${++lives}`;
      const skew = dice.happens(0.5) ? dice.between(-MOST_SKEW, MOST_SKEW) : 0;
      const itsLife = life({ server, clock, skew, line: trouble.line, onDeath: () => kill(one) });
      const one: Living = {
        name,
        life: itsLife,
        operator: startOperator({
          transport: itsLife.transport,
          clock: itsLife.clock,
          random: fork(root).random,
          identity: name,
          election: isElected ? ELECTION : undefined,
          log: { ...SILENT, error: (fields, message) => complaints.push(`${name}: ${message} ${say(fields)}`) },
        }),
      };
      operators.push(one);
    },
    kill,
    stop: end,
    async close() {
      for (const one of [...operators]) end(one);
      let isOver = false;
      const all = Promise.all(ends).then(() => {
        isOver = true;
      });
      const last = clock.monotonic() + LONGEST_STOP;
      await promisesSettled();
      while (!isOver && clock.monotonic() < last) await clock.advance(1_000);
      if (!isOver) return ['an operator does not stop'];
      await all;
      const watches: string[] = [];
      server.watches.cut(({ resource, actor }) => watches.push(`${actor.agent} ${resource}`) < 0);
      await server.close();
      const timer = clock.nextTimer();
      return [
        ...watches.map((watch) => `a watch is open after all operators have stopped: ${watch}`),
        ...(timer === undefined ? [] : [`a timer is set for ${timer} after everything has stopped`]),
      ];
    },
  };
}

/** Dice of its own, so that one more throw here changes nothing there. */
const fork = (dice: Chance): Chance => chance(dice.between(0, 2 ** 32 - 1));

const nothing = () => {};
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

const say = (fields: object): string =>
  JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.stack : value));
