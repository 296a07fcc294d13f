import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { type Place, placeOn } from './place.ts';
import type { ConformanceServer, OpenServer } from './server.ts';

/** What a suite is given to state its promises on. */
export interface Ground {
  /** One promise, tried in a namespace of its own. */
  readonly promise: (name: string, body: (place: Place) => Promise<void>) => void;
  /** The same for every row of a table. */
  readonly promises: <Row>(
    rows: Readonly<Record<string, Row>>,
    body: (place: Place, row: Row) => Promise<void>,
  ) => void;
}

export type Suite = (ground: Ground) => void;

/** Tries every suite on one server. */
export function conform(name: ConformanceServer['name'], start: () => Promise<OpenServer>, suites: Suites): void {
  describe(`the ${name} API server`, () => {
    let server: OpenServer;
    const stated = new Set<string>();

    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.close());

    for (const [topic, suite] of Object.entries(suites)) {
      describe(topic, () => {
        const promise: Ground['promise'] = (sentence, body) => {
          const differs = name === 'embedded' && KNOWN_DIFFERENCES.has(`${topic}: ${sentence}`);
          stated.add(`${topic}: ${sentence}`);
          // a difference that is listed must be one: then it is found when it goes
          const run = differs ? it.fails : it;
          const options = { concurrent: !topic.startsWith('alone'), timeout: TIMEOUT_MS };
          run(sentence, options, async () => body(await placeOn(server)));
        };
        suite({
          promise,
          promises: (rows, body) => {
            for (const [sentence, row] of Object.entries(rows)) promise(sentence, (place) => body(place, row));
          },
        });
      });
    }

    it('differs in nothing but what is promised', () => {
      const topics = new Set(Object.keys(suites));
      const listed = [...KNOWN_DIFFERENCES.keys()].filter((each) => topics.has(each.split(': ')[0] ?? ''));
      expect(listed.filter((each) => !stated.has(each))).toEqual([]);
    });
  });
}

/** By topic. */
export type Suites = Readonly<Record<string, Suite>>;

const TIMEOUT_MS = 60_000;
