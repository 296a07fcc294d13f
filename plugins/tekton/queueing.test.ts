import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aSemaphore, hands } from '../../test/support/operator-world.ts';
import { type TektonWorld, tektonWorld, wholeRuns } from '../../test/support/tekton-world.ts';

const SECOND = 1_000;

let place: TektonWorld;
let whole: ReturnType<typeof wholeRuns>;
beforeEach(async () => {
  place = await tektonWorld();
  whole = wholeRuns(place);
});
afterEach(() => place.close());

describe('PipelineRuns that wait as a whole', () => {
  it('start in the order in which they were made, also those that were made while nobody looked', async () => {
    await place.stopOperator();
    await hands(place).semaphores.create(aSemaphore('db'));
    const names = ['z', 'm', 'a', 'k'];
    for (const name of names) await whole.make(name);
    await place.startOperator();
    for (const [index, name] of names.entries()) {
      await place.pass(SECOND);
      expect((await whole.started()).toSorted()).toEqual(names.slice(0, index + 1).toSorted());
      const over = { conditions: [{ type: 'Succeeded', status: 'True' }] };
      await whole.runs.patchStatus(name, over as never);
    }
  });

  it('say in their events that they wait, and that they have it, once', async () => {
    await place.heldByAnother();
    await whole.make('run');
    await whole.make('bad', { weight: 'many' });
    await place.pass(3_600 * SECOND);
    expect(await place.eventsOf('run')).toEqual(['Normal Queued']);
    expect(await place.eventsOf('bad')).toEqual(['Warning InvalidAnnotations']);
    await place.letGo();
    expect(await place.eventsOf('run')).toEqual(['Normal Queued', 'Normal Granted']);
  });

  it('are left alone when they do not ask', async () => {
    await whole.make('other', { semaphore: undefined });
    const before = place.server.resourceVersion;
    await place.pass(60 * SECOND);
    expect(place.server.resourceVersion).toBe(before);
  });
});
