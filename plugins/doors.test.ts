import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../src/api/kinds.ts';
import { installForeignKinds } from '../src/dev/foreign-kinds.ts';
import type { Door } from '../src/kube/door.ts';
import { openDoor } from '../test/support/open-door.ts';
import { type World, world } from '../test/support/operator-world.ts';
import { argoTaskSets } from './argo/task-sets.ts';
import { podsDoor } from './pods/controller.ts';
import { tektonDoor } from './tekton/controller.ts';

const DOORS: Readonly<Record<string, Door>> = { tekton: tektonDoor, 'argo-tasksets': argoTaskSets(), pods: podsDoor };

describe('doors', () => {
  let place: World;
  beforeEach(async () => {
    place = world();
    await installForeignKinds(place.user);
  });
  afterEach(() => place.close());

  it('look at our kinds with the eyes of the operator: one watch each, however many are open', async () => {
    const watches: string[] = [];
    place.server.faults.add(({ path }) => {
      const [kind = ''] = /(?<=^\/apis\/sync\.konductor\.io\/v1\/)[a-z]+(?=\?.*watch=)/.exec(path) ?? [];
      if (kind) watches.push(kind);
      return undefined;
    });
    await place.operator({ doors: Object.values(DOORS) });
    expect(watches.toSorted()).toEqual(KINDS.map(({ plural }) => plural).sort());
  });

  it.each(Object.entries(DOORS))('listen no longer once they are closed: %s', async (_, door) => {
    let listening = 0;
    const opened = openDoor(
      ({ cacheOf, ...context }, signal) => {
        const counted: typeof cacheOf = (kind) => {
          const known = cacheOf(kind);
          const onChange: typeof known.onChange = (listener) => {
            listening++;
            const end = known.onChange(listener);
            return () => {
              listening--;
              end();
            };
          };
          return { ...known, onChange };
        };
        return door({ ...context, cacheOf: counted }, signal);
      },
      { client: place.user, clock: place.clock },
    );
    await place.rest();
    expect(listening).toBeGreaterThan(0);
    await opened.stop();
    expect(listening).toBe(0);
  });
});
