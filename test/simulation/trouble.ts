import type { Fault, FaultRule } from '../../src/apiserver/faults.ts';
import type { Chance } from '../soak/chance.ts';
import type { LineTrouble } from './line.ts';

/** How bad the network and the server are for operators, in a whole run. */
export interface Weather {
  /** The longest a request, its answer, or a piece of a watch takes, in milliseconds. */
  readonly latency: number;
  /** Shares of calls that are refused, and of writes whose answer is lost. */
  readonly refused: number;
  readonly lost: number;
  readonly twice: number;
}

/** The weather, and an end to it. */
export interface Trouble {
  readonly rule: FaultRule;
  readonly line: LineTrouble;
  stop(): void;
}

/** Whoever does not call itself so is spared. */
export const OPERATOR_AGENT = 'konductor-operator/';

const REFUSALS = [409, 429, 429, 500, 500, 503, 504] as const;
/** A server that is asked for pods must not be silent for so long that nobody can know whether they run. */
const MOST_READS_REFUSED = 0.08;

export function drawWeather(dice: Chance): Weather {
  if (dice.happens(0.15)) return { latency: dice.oneOf([0, 5]) ?? 0, refused: 0, lost: 0, twice: 0 };
  return {
    latency: dice.oneOf([0, 3, 20, 20, 60, 300]) ?? 0,
    refused: dice.oneOf([0, 0.02, 0.05, 0.12]) ?? 0,
    lost: dice.oneOf([0, 0.02, 0.06, 0.12]) ?? 0,
    twice: dice.oneOf([0, 0.05, 0.3]) ?? 0,
  };
}

export function troubleOf(dice: Chance, weather: Weather): Trouble {
  let isOver = false;
  const { latency, refused, lost, twice } = weather;
  const late = () => (isOver || latency === 0 ? 0 : dice.between(0, latency));

  const faultOf = (verb: string, isWrite: boolean): Fault => {
    const delays = { delay: late(), delayAnswer: late() };
    if (dice.happens(isWrite ? refused : Math.min(refused, MOST_READS_REFUSED))) {
      if (!isWrite) {
        if (verb === 'watch' && dice.happens(0.5)) return { ...delays, fail: 410, inStream: true };
        return { ...delays, fail: dice.oneOf([429, 500, 503, 504]) ?? 500 };
      }
      const fail = dice.oneOf(REFUSALS) ?? 500;
      return { ...delays, fail, ...(dice.happens(0.3) && { retryAfter: 1 }) };
    }
    if (!dice.happens(isWrite ? lost : lost / 3)) return delays;
    const applied = isWrite && dice.happens(0.6);
    return { ...delays, fail: dice.happens(0.2) ? 504 : 'connection', ...(applied && { applied: true }) };
  };

  return {
    rule: ({ headers, method }, { verb }) => {
      if (isOver || !headers['user-agent']?.startsWith(OPERATOR_AGENT)) return undefined;
      return faultOf(verb, method !== 'GET');
    },
    line: { delay: late, comesTwice: () => !isOver && dice.happens(twice) },
    stop() {
      isOver = true;
    },
  };
}
