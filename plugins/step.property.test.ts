import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Permit } from '../src/api/permit.ts';
import { Semaphore } from '../src/api/semaphore.ts';
import { kubeClient } from '../src/kube/client.ts';
import { TransportError } from '../src/kube/errors.ts';
import { isRead, type Transport } from '../src/kube/transport.ts';
import { aStep, type EngineRun } from '../test/support/engine-steps.ts';
import { aSemaphore, NAMESPACE, type World, world } from '../test/support/operator-world.ts';
import { type StepRunner, stepRunner } from './runner.ts';
import type { Step } from './step.ts';

const RUNS = 2;
const Pod = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true } as const;

/** What may happen; each caller is a process of an adapter that knows nothing but the step it is asked about. */
type Event =
  | { readonly does: 'ask' | 'cancel'; readonly caller: number; readonly step: number }
  /** Both callers at once. */
  | { readonly does: 'ask-twice'; readonly step: number }
  /** The next write of the caller kills it, before or after it was carried out. */
  | { readonly does: 'crash'; readonly caller: number; readonly applied: boolean; readonly step: number }
  | { readonly does: 'operate' }
  | { readonly does: 'pass' };

const caller = fc.nat(1);
const step = fc.nat(3);
const event: fc.Arbitrary<Event> = fc.oneof(
  { arbitrary: fc.record({ does: fc.constant('ask' as const), caller, step }), weight: 4 },
  { arbitrary: fc.record({ does: fc.constant('ask-twice' as const), step }), weight: 2 },
  { arbitrary: fc.record({ does: fc.constant('crash' as const), caller, applied: fc.boolean(), step }), weight: 2 },
  { arbitrary: fc.record({ does: fc.constant('cancel' as const), caller, step }), weight: 1 },
  { arbitrary: fc.constant({ does: 'operate' as const }), weight: 3 },
  { arbitrary: fc.constant({ does: 'pass' as const }), weight: 1 },
);

class Crash extends Error {}

/** A transport whose next write ends the process: nothing is answered any more. */
function mortal(transport: Transport) {
  let dies: { readonly applied: boolean } | undefined;
  return {
    dieAtNextWrite: (applied: boolean) => {
      dies = { applied };
    },
    live: () => {
      dies = undefined;
    },
    transport: (async (request) => {
      if (!dies || isRead(request.method)) return transport(request);
      if (dies.applied) await transport(request);
      // as a process that is gone: no call of it is repeated
      throw new TransportError('aborted', 'killed', { cause: new Crash() });
    }) satisfies Transport,
  };
}

interface Ground {
  readonly here: World;
  readonly steps: readonly Step[];
  readonly callers: readonly { readonly runner: StepRunner; readonly life: ReturnType<typeof mortal> }[];
}

async function ground(): Promise<Ground> {
  const here = world();
  await here.operator();
  await here.user.of(Semaphore, NAMESPACE).create(aSemaphore('db', { permits: 3 }));
  const runs: EngineRun[] = [];
  for (let index = 0; index < RUNS; index++) {
    const pod = await here.user.of(Pod, NAMESPACE).create({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: `run-${index}` } },
      spec: { containers: [{ name: 'main', image: 'x' }] },
    } as never);
    const { name, uid } = pod.metadata;
    runs.push({ namespace: NAMESPACE, owner: { apiVersion: 'v1', kind: 'Pod', name, uid } });
  }
  const callers = [0, 1].map(() => {
    const life = mortal(here.transport);
    return {
      life,
      runner: stepRunner({ client: kubeClient(life.transport, { clock: here.clock }), clock: here.clock }),
    };
  });
  return { here, callers, steps: runs.flatMap((run) => [aStep(run, 'a'), aStep(run, 'b', { weight: 2 })]) };
}

async function play({ here, callers, steps }: Ground, event: Event): Promise<void> {
  const ask = (caller: number, step: number) => callers[caller]?.runner.ask(steps[step] as Step);
  switch (event.does) {
    case 'ask':
      return void (await ask(event.caller, event.step));
    case 'ask-twice':
      return void (await Promise.all([ask(0, event.step), ask(1, event.step)]));
    case 'cancel':
      return callers[event.caller]?.runner.cancel(steps[event.step] as Step);
    case 'crash': {
      const life = callers[event.caller]?.life;
      life?.dieAtNextWrite(event.applied);
      await ask(event.caller, event.step);
      return life?.live();
    }
    case 'operate':
      return here.rest();
    case 'pass':
      return here.pass(2_000);
  }
}

const claims = async ({ here }: Ground) => (await here.user.of(Permit, NAMESPACE).listAll()).items;

describe('whatever is asked by whomever, in whatever order, and whoever dies of it', () => {
  it('a step has one claim at most, asking again changes nothing, and cancelling leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
        const at = await ground();
        try {
          for (const event of events) {
            await play(at, event);
            const requests = (await claims(at)).map(({ spec }) => `${spec.holder} ${spec.requestId}`);
            expect(new Set(requests).size, 'a step holds twice').toBe(requests.length);
          }
          // healed by asking again, whatever had been begun
          for (const step of at.steps) await at.callers[0]?.runner.ask(step);
          await at.here.rest();
          expect(await claims(at)).toHaveLength(at.steps.length);

          const version = at.here.server.resourceVersion;
          for (const { runner } of at.callers) {
            for (const step of at.steps) {
              const first = await runner.ask(step);
              expect(await runner.ask(step)).toEqual(first);
            }
          }
          expect(at.here.server.resourceVersion, 'asking again wrote something').toBe(version);

          await Promise.all(at.callers.flatMap(({ runner }) => at.steps.map((step) => runner.cancel(step))));
          expect(await claims(at)).toEqual([]);
        } finally {
          await at.here.close();
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
