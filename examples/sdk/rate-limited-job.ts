// A job that may run only a few times at once, wherever its copies run.
import { Client } from '@konductor/sdk';

await using client = new Client();
await using permit = await client.acquireSemaphore('api-quota', { ttl: '5m' });

console.log(`got a permit of ${permit.name}, token ${permit.token}`);
// hand the token on: an API that remembers the highest refuses a straggler
await callExternalApi(permit.token, permit.signal);
console.log('done');

async function callExternalApi(_token: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
}
