import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../../src/api/gate.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { aRun, aStep } from '../../test/support/engine-steps.ts';
import { type OpenDoor, openDoor } from '../../test/support/open-door.ts';
import { aSemaphore, hands, NAMESPACE, type World, world } from '../../test/support/operator-world.ts';
import { stepRunner } from '../runner.ts';
import type { Step } from '../step.ts';
import { claimNameFor } from '../step-claim.ts';
import { type EyesOfAll, eyesOfAll } from './eyes-of-all.ts';

const ROUND = 5_000;

describe('who waits', () => {
  let place: World;
  let eyes: EyesOfAll;
  let opened: OpenDoor;
  let woken: string[];

  const waiter = async (name: string): Promise<Step> => {
    const step = aStep(aRun(name), 'hold');
    await stepRunner({ client: place.user, clock: place.clock }).ask(step);
    await place.rest();
    eyes.watch(step, () => woken.push(name));
    return step;
  };

  beforeEach(async () => {
    place = world();
    woken = [];
    await place.operator();
    await place.user.of(Semaphore, NAMESPACE).create(aSemaphore('db', { permits: 1 }));
    const door = (context: Parameters<typeof eyesOfAll>[0], signal: AbortSignal) => {
      eyes = eyesOfAll(context);
      return new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => {
          eyes.stop();
          resolve();
        }),
      );
    };
    opened = openDoor(door, { client: place.user, clock: place.clock });
    await place.rest();
  });
  afterEach(async () => {
    await opened.stop();
    await place.close();
  });

  it('is woken by a grant of their own at once, and by those of others in rounds', async () => {
    const first = await waiter('first');
    for (const name of ['second', 'third', 'fourth']) await waiter(name);
    woken = [];
    await hands(place).permits.delete(claimNameFor(first));
    await place.rest();
    expect(new Set(woken)).toEqual(new Set(['first', 'second']));
    await place.pass(ROUND);
    expect(new Set(woken)).toEqual(new Set(['first', 'second', 'third', 'fourth']));
  });

  it('is woken at once when what they wait for comes, opens or goes', async () => {
    eyes.watch(aStep(aRun(), 'look', { kind: 'Gate', name: 'go' }), () => woken.push('gated'));
    const gates = place.user.of(Gate, NAMESPACE);
    const apiVersion = 'sync.konductor.io/v1' as const;
    const conditions = [{ gate: 'never' }];
    for (const change of [
      () => gates.create({ apiVersion, kind: 'Gate', metadata: { name: 'go' }, spec: { conditions } } as never),
      () => gates.patchStatus('go', { phase: 'Open', openedAt: '2026-01-01T00:00:00.000000Z' }),
      () => gates.delete('go'),
    ]) {
      woken = [];
      await change();
      await place.rest();
      expect(woken).toContain('gated');
    }
  });
});
