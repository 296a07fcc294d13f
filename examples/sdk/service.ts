// A service: waits for what it depends on, runs as the only one, and ends in good order when told to.
import { AbortedError, Client, LeaseLostError } from '@konductor/sdk';

const shutdown = new AbortController();
process.once('SIGTERM', () => shutdown.abort());

await using client = new Client();
try {
  await client.waitGate('dependencies-ready', { timeout: '5m', signal: shutdown.signal });
  await using lease = await client.acquireLease('service-leader', { ttl: '30s', signal: shutdown.signal });
  console.log(`serving, token ${lease.token}`);
  await serve(AbortSignal.any([lease.signal, shutdown.signal]));
  lease.assertHeld();
  console.log('ended in good order');
} catch (error) {
  if (error instanceof LeaseLostError) console.log('the lease is lost: somebody else serves');
  else if (error instanceof AbortedError) console.log('told to end before it began');
  else throw error;
}

function serve(signal: AbortSignal): Promise<void> {
  const busy = setInterval(() => {}, 60_000);
  return new Promise((resolve) => {
    const stop = () => resolve(clearInterval(busy));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}
