import { Client } from '../../src/sdk/client.ts';

// what a program does that never closes its client: it ends by itself, or it must not
const [does] = process.argv.slice(2);
const client = new Client({ holder: 'program' });
client.acquireSemaphore('life', { ttl: '3s' }).then(async (hold) => {
  console.log('held');
  if (does === 'release') await hold.release();
});
