// What does not compile. Nobody runs this: `npm run verify` compiles it, and fails where a misuse has become possible.
import {
  Client,
  type Hold,
  type KonductorError,
  limitedPool,
  limitedProcessor,
  middleware,
  parallelLimit,
  runAsLeader,
} from '@konductor/sdk';

const client = new Client();
declare const hold: Hold;
declare const error: KonductorError;
const { signal } = new AbortController();

export const MISUSES: readonly (() => unknown)[] = [
  // @ts-expect-error: nothing to do while holding
  () => client.withSemaphore('db'),
  // @ts-expect-error: no name
  () => client.acquireSemaphore(),
  // @ts-expect-error: an option that nobody knows
  () => client.acquireSemaphore('db', { permit: 1 }),
  // @ts-expect-error: a duration that is none
  () => client.acquireSemaphore('db', { ttl: true }),
  // @ts-expect-error: a way to renew that nobody knows
  () => client.acquireSemaphore('db', { renewal: 'Server' }),
  // @ts-expect-error: detached or not said
  () => client.acquireSemaphore('db', { detached: false }),
  // @ts-expect-error: a try does not wait
  () => client.tryAcquireSemaphore('db', { timeout: '5s' }),
  // @ts-expect-error: a lease has one holder
  () => client.acquireLease('main', { weight: 2 }),
  // @ts-expect-error: a lease is never created on the way
  () => client.acquireLease('main', { permits: 1 }),
  // @ts-expect-error: a limit has to be said
  () => client.createSemaphore('db', {}),
  // @ts-expect-error: a limit is a number
  () => client.createSemaphore('db', { permits: '3' }),
  // @ts-expect-error: what is always there cannot be taken away by a word of another type
  () => client.updateSemaphore('db', { permits: 'none' }),
  // @ts-expect-error: how many are expected has to be said
  () => client.createBarrier('round', { quorum: 2 }),
  // @ts-expect-error: nothing to do before the barrier
  () => client.withBarrier('round', { timeout: '5m' }),
  // @ts-expect-error: a gate has no generations
  () => client.waitGate('ready', { generation: 2 }),
  // @ts-expect-error: a token is given
  () => hold.token++,
  // @ts-expect-error: a code that does not exist
  () => error.code === 'LOST',
  // @ts-expect-error: a number is no list
  () => parallelLimit(client, 'db', 5, () => {}),
  // @ts-expect-error: an election has no end but its signal
  () => runAsLeader(client, 'main', { timeout: '5s' }, () => {}),
  // @ts-expect-error: every request is a request of its own
  () => middleware.semaphore('db', { requestId: 'a' }),
  // @ts-expect-error: the queue has the signal
  () => limitedProcessor('db', { signal }, () => {}),
  // @ts-expect-error: a pool is an object
  () => limitedPool('postgres://db', 'db'),
];
