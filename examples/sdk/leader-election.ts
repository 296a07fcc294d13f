// Only one of several copies works; the next takes over when it ends, or dies.
import { Client, runAsLeader } from '@konductor/sdk';

const shutdown = new AbortController();
process.once('SIGTERM', () => shutdown.abort());

await using client = new Client({ holder: process.argv[2] ?? `copy-${process.pid}` });
await runAsLeader(client, 'service-leader', { ttl: '30s', signal: shutdown.signal }, async (lease, signal) => {
  console.log(`${lease.holder} leads, token ${lease.token}`);
  // the signal says when to stop: the leadership is lost, or we are told to end
  while (!signal.aborted) await oneRound(signal);
});
console.log('not the leader any more');

function oneRound(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 1_000);
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
}
