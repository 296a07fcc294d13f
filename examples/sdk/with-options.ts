// Every option that is often wanted.
import { randomUUID } from 'node:crypto';
import { Client } from '@konductor/sdk';

const client = new Client({ namespace: process.env.NAMESPACE });
const permit = await client.acquireSemaphore('db-connections', {
  ttl: '10m', // how long it is held if this program dies
  timeout: '30s', // how long to wait for it
  holder: `my-app-${randomUUID().slice(0, 8)}`, // who we are, for people
  weight: 2, // takes two permits at once, or none
  priority: 10, // before those of lower priority
  onWaiting: ({ message }) => console.error(message),
});
try {
  const { status } = await client.getSemaphore('db-connections');
  console.log(`in use: ${status?.inUse}, until ${permit.expiresAt > new Date() ? 'later' : 'now'}`);
} finally {
  await permit.release();
  await client.close();
}
