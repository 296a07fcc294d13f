// Tries a few times, with a longer pause each time. Only a lack of room is worth another try here.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Hold, TimeoutError } from '@konductor/sdk';

async function acquireWithRetry(client: Client, name: string): Promise<Hold> {
  for (let attempt = 1, backoff = 100; ; attempt++, backoff *= 2) {
    try {
      return await client.acquireSemaphore(name, { timeout: '1s' });
    } catch (error) {
      if (!(error instanceof TimeoutError) || attempt === 3) throw error;
      console.log(`no room, try ${attempt} of 3`);
      await pause(backoff);
    }
  }
}

await using client = new Client();
try {
  await using permit = await acquireWithRetry(client, process.argv[2] ?? 'api-quota');
  console.log(`got it, token ${permit.token}`);
} catch (error) {
  if (!(error instanceof TimeoutError)) throw error;
  console.log('gave up after 3 tries');
}
