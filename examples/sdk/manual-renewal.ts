// Holds are renewed in the background. A program may also renew at moments of its own, as when it has got somewhere.
import { Client } from '@konductor/sdk';

await using client = new Client();
await using permit = await client.acquireSemaphore('api-quota', { ttl: '1m' });

for (const part of ['first', 'second', 'third']) {
  // throws when the hold is lost: before each step that must not happen twice
  permit.assertHeld();
  await processDataset(part);
  const before = permit.expiresAt;
  await permit.renew();
  console.log(`${part} part done, held on: ${permit.expiresAt >= before}`);
}

async function processDataset(_part: string): Promise<void> {}
