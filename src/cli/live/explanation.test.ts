import { describe, expect, it } from 'vitest';
import { aBarrier, arrived } from '../../../test/support/barriers.ts';
import { aLease, aSemaphore, asking, held, holding, START, timeAt, waiting } from '../../../test/support/claims.ts';
import { aGate } from '../../../test/support/gates.ts';
import { pictureOf } from '../../core/picture.ts';
import { explanationOf } from './explanation.ts';

const NOW = START + 60_000;
const lines = (page: string) =>
  page
    .split('\n')
    .map((line) => line.replaceAll(/ {2,}/g, ' | ').trim())
    .filter(Boolean);

describe('the page that explains', () => {
  it('a semaphore: who holds, and who waits for what', () => {
    const claims = [
      held('ann', 101).with({ renewal: 'Owner' }),
      held('bob', 102),
      waiting('big').weight(2).priority(3),
      waiting('cy').with({ timeout: '2h' }),
    ];
    const picture = pictureOf(
      aSemaphore('db').permits(2).object,
      claims.map(({ object }) => object),
      NOW,
    );
    expect(lines(explanationOf(picture))).toEqual([
      'semaphore db in default: 2 of 2 permits in use, 2 wait',
      'HOLDER | WEIGHT | TOKEN | SINCE | UNTIL | CLAIM',
      'ann | 1 | 101 | 1m ago | its owner ends | ann',
      'bob | 1 | 102 | 1m ago | in 9m, unless renewed | bob',
      'NEXT | WAITING | WEIGHT | PRIORITY | SINCE | MAY MOVE | WHY',
      '1 | big | 2 | 3 | 1h1m ago | on a release, or in 9m | the oldest hold lasts as long as its owner runs',
      '2 | cy | 1 | 0 | 1h1m ago | on a release, or in 9m; gives up in 59m | the oldest hold lasts as long as its owner runs',
    ]);
  });

  it('when a turn may come, where holds have shown how long they last', () => {
    const since = (name: string, token: number, seconds: number) =>
      held(name, token).told({ phase: 'Granted', token, acquiredAt: timeAt(seconds), expiresAt: timeAt(3_600) });
    const claims = [since('ann', 110, 0), since('bob', 114, 40), waiting('cy'), waiting('dora')];
    const picture = pictureOf(
      aSemaphore('db').permits(2).object,
      claims.map(({ object }) => object),
      START + 50_000,
    );
    const page = explanationOf(picture);
    expect(page).toMatch(/^1 +cy .*any moment/m);
    expect(page).toMatch(/^2 +dora .*in about 10s/m);
    expect(page).toContain('A hold has lasted about 20s of late.');
  });

  it('a lease: its holder, and that it was asked to let go', () => {
    const claims = [holding('ann').asked(0).object, asking('bob').priority(9).object];
    const page = explanationOf(pictureOf(aLease('main').object, claims, NOW));
    expect(lines(page)).toEqual([
      'lease main in default: held by ann, 1 waits',
      'HOLDER | WEIGHT | TOKEN | SINCE | UNTIL | CLAIM',
      'ann | 1 | 1 | 1m ago | asked to let go 1m ago | ann',
      'NEXT | WAITING | WEIGHT | PRIORITY | SINCE | MAY MOVE | WHY',
      '1 | bob | 1 | 9 | 1h1m ago | on a release, or in 9m | ann holds it and was asked to let go',
    ]);
  });

  it('a barrier: who has arrived', () => {
    const barrier = aBarrier('stage')
      .expected(3)
      .timeout('5m')
      .status({ arrived: 1, arrivals: ['a'] }).object;
    const arrival = arrived('a').told({ phase: 'Recorded', arrivedAt: timeAt(30) }).object;
    expect(lines(explanationOf(pictureOf(barrier, [arrival], NOW)))).toEqual([
      'barrier stage in default: waiting for 2 more: 1 of 3 have arrived; times out in 4m',
      'ARRIVED | SINCE',
      'a | 30s ago',
    ]);
  });

  it('a gate: what is met and what is not', () => {
    const gate = aGate('go')
      .on({ job: 'load' }, { semaphore: 'db', permits: 2 })
      .status({
        conditionStatuses: [
          { type: 'Job', name: 'load', met: true, message: 'Complete' },
          { type: 'Semaphore', name: 'db', met: false, message: '1 is free' },
        ],
      }).object;
    const [title, , first, second] = lines(explanationOf(pictureOf(gate, [], NOW)));
    expect(title).toBe('gate go in default: 1 of 2 met; waiting for semaphore db to have 2 permits free');
    expect(first).toBe('yes | job load to be Complete | Complete');
    expect(second).toBe('no | semaphore db to have 2 permits free | 1 is free');
  });

  it('lets nobody steer the terminal', () => {
    const claims = [held('ann').with({ holder: 'ann\u001b[31m' }).object];
    expect(explanationOf(pictureOf(aSemaphore('db').object, claims, NOW))).not.toContain('\u001b');
  });
});
