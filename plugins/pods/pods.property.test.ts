import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { TransportError } from '../../src/kube/errors.ts';
import { isRead, type Transport } from '../../src/kube/transport.ts';
import { aGatedPod, openPodsDoor, podHands } from '../../test/support/gated-pods.ts';
import type { OpenDoor } from '../../test/support/open-door.ts';
import { aSemaphore, NAMESPACE, world } from '../../test/support/operator-world.ts';
import { isFinished, isGated } from './pod.ts';

const NEEDS = [
  { semaphore: 'one' },
  { semaphore: 'two' },
  { semaphore: 'one,two' },
  { semaphore: 'two,one' },
  { semaphore: 'two', weight: '2' },
  { semaphore: 'one', timeout: '30s', 'on-timeout': 'delete' },
  { semaphore: 'two,one', priority: '5' },
] as const;
const PERMITS = { one: 1, two: 2 } as const;

type Event =
  | { readonly does: 'make'; readonly needs: number }
  | { readonly does: 'finish' | 'delete'; readonly pod: number }
  /** A controller dies at its next write, before or after that is done, and another takes its place. */
  | { readonly does: 'crash'; readonly door: number; readonly applied: boolean }
  | { readonly does: 'pass'; readonly seconds: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { arbitrary: fc.record({ does: fc.constant('make' as const), needs: fc.nat(NEEDS.length - 1) }), weight: 5 },
  { arbitrary: fc.record({ does: fc.constantFrom('finish' as const, 'delete' as const), pod: fc.nat(9) }), weight: 4 },
  { arbitrary: fc.record({ does: fc.constant('crash' as const), door: fc.nat(1), applied: fc.boolean() }), weight: 2 },
  { arbitrary: fc.record({ does: fc.constant('pass' as const), seconds: fc.constantFrom(0, 1, 40) }), weight: 2 },
);

/** A transport whose next write is the last. */
function mortal(transport: Transport) {
  let last: { readonly applied: boolean } | undefined;
  let dead = false;
  const dying: Transport = async (request) => {
    const isLast = last && !isRead(request.method);
    if (isLast && last?.applied && !dead) await transport(request);
    dead ||= Boolean(isLast);
    if (dead) throw new TransportError('aborted', 'killed');
    return transport(request);
  };
  return {
    transport: dying,
    dieAtNextWrite: (applied: boolean) => {
      last = { applied };
    },
  };
}

describe('Pods of all sorts, two controllers that die, and the operator', () => {
  it('never let more go than there are permits, and all go in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 3, maxLength: 20 }), async (events) => {
        const here = world();
        const hand = podHands(here);
        await here.operator();
        for (const [name, permits] of Object.entries(PERMITS)) {
          await here.user.of(Semaphore, NAMESPACE).create(aSemaphore(name, { permits }));
        }
        const open = async () => {
          const life = mortal(here.transport);
          return { life, door: await openPodsDoor(here, kubeClient(life.transport, { clock: here.clock })) };
        };
        const doors: { life: ReturnType<typeof mortal>; door: OpenDoor }[] = [await open(), await open()];
        let made = 0;
        const pods = async () => (await hand.pods.listAll()).items;
        const working = async () => (await pods()).filter((pod) => !isGated(pod) && !isFinished(pod));
        const bounded = async () => {
          for (const [name, permits] of Object.entries(PERMITS)) {
            const used = (await working())
              .map(({ metadata: { annotations = {} } }) => annotations)
              .filter((annotations) => annotations['sync.konductor.io/semaphore']?.split(',').includes(name))
              .reduce((sum, annotations) => sum + Number(annotations['sync.konductor.io/weight'] ?? 1), 0);
            expect(used, `Pods let go over ${name}`).toBeLessThanOrEqual(permits);
          }
        };

        try {
          for (const event of events) {
            if (event.does === 'make')
              await hand.pods.create(aGatedPod(`p-${made++}`, NEEDS[event.needs] as never) as never);
            if (event.does === 'pass') await here.pass(event.seconds * 1_000);
            if (event.does === 'delete') await hand.pods.delete(`p-${event.pod}`).catch(() => {});
            if (
              event.does === 'finish' &&
              (await working()).some(({ metadata }) => metadata.name === `p-${event.pod}`)
            ) {
              await hand.become(`p-${event.pod}`, 'Succeeded');
            }
            if (event.does === 'crash') {
              const dying = doors[event.door] as (typeof doors)[number];
              dying.life.dieAtNextWrite(event.applied);
              await hand.pods.create(aGatedPod(`p-${made++}`, { semaphore: 'two' }) as never);
              await here.rest();
              await dying.door.stop();
              doors[event.door] = await open();
            }
            await bounded();
            await here.rest();
            await bounded();
          }
          for (let round = 0; round < 60 && (await pods()).some((pod) => !isFinished(pod)); round++) {
            for (const { metadata } of await working()) await hand.become(metadata.name, 'Succeeded');
            await here.pass(1_000);
            await bounded();
          }
          expect((await pods()).filter((pod) => !isFinished(pod)).map(({ metadata }) => metadata.name)).toEqual([]);
          const { items } = await here.user.of(Permit, NAMESPACE).listAll();
          expect(items.filter(({ status }) => status?.phase === 'Granted' || status?.phase === 'Pending')).toEqual([]);
        } finally {
          for (const { door } of doors) await door.stop();
          await here.close();
        }
      }),
      { numRuns: 15 },
    );
  }, 90_000);
});
