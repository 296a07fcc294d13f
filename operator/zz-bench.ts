import { Permit } from '../src/api/permit.ts';
import { Semaphore } from '../src/api/semaphore.ts';
import { createApiServer } from '../src/apiserver/server.ts';
import { kubeClient } from '../src/kube/client.ts';
import { aPermit, aSemaphore, transportTo } from '../test/support/operator-world.ts';
import { startOperator } from './operator.ts';

const server = createApiServer({ tracksFields: false, historyLimit: 100000 });
const transport = transportTo(server);
const user = kubeClient(transport);
const no = () => {};
const op = startOperator({
  transport,
  log: { debug: no, info: no, warn: (o) => console.log(o), error: no },
  identity: 'x',
  election: undefined,
});
await op.synced;
const sems = user.of(Semaphore, 'default'),
  permits = user.of(Permit, 'default');
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
async function bench(name: string, holders: number, waiters: number) {
  await sems.create(aSemaphore(name, { permits: holders + 1 }));
  const t0 = performance.now();
  await Promise.all(
    Array.from({ length: holders }, (_, n) => permits.create(aPermit(`${name}-h${n}`, { semaphore: name }))),
  );
  for (;;) {
    await sleep(5);
    const s = (await sems.get(name)).status;
    if ((s?.inUse ?? 0) >= holders) break;
  }
  if (holders)
    console.log(
      'granted',
      holders,
      'in',
      (performance.now() - t0).toFixed(0),
      'ms; swaps',
      server.history.filter((w) => w.resource.startsWith('semaphores') && w.object.metadata.name === name).length,
    );
  // one heavy waiter blocks the rest? weight 2 strict: waits behind 1 free
  if (waiters)
    await Promise.all(
      Array.from({ length: waiters }, (_, n) =>
        permits.create(aPermit(`${name}-w${n}`, { semaphore: name, weight: 2 })),
      ),
    );
  await sleep(4000);
  const times: number[] = [];
  const before = server.resourceVersion;
  for (let i = 0; i < 100; i++) {
    const n = `${name}-x${i}`;
    const t = performance.now();
    const got = new Promise<void>((resolve) => {
      const end = server.onWrite((w) => {
        if (w.object.metadata.name === name && (w.object as any).status?.intents?.some((x: any) => x.claim === n)) {
          end();
          resolve();
        }
      });
    });
    await permits.create(aPermit(n, { semaphore: name, priority: 5 }));
    await got;
    times.push(performance.now() - t);
    await sleep(5);
    await permits.delete(n);
    await sleep(15);
  }
  times.sort((a, b) => a - b);
  console.log(
    holders,
    waiters,
    'create→swap p50',
    times[50]!.toFixed(2),
    'p99',
    times[98]!.toFixed(2),
    'ms; writes/cycle',
    server.history.filter((w) => w.resourceVersion > before && w.resource !== 'events').length / 100,
  );
}

await bench('empty', 0, 0);
await bench('full', 1000, 1000);
const m = await op.registry.metrics();
console.log(
  m
    .split('\n')
    .filter((l) => /decide_seconds_(sum|count)/.test(l))
    .join('\n'),
);
const t = performance.now();
await op.stop();
console.log('stop', (performance.now() - t).toFixed(0), 'ms');
await server.close();
