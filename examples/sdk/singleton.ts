// One at a time, and whoever comes second goes home.
import { Client, LeaseHeldError } from '@konductor/sdk';

await using client = new Client();
try {
  await using lease = await client.tryAcquireLease('singleton-task');
  console.log(`running the task, token ${lease.token}`);
} catch (error) {
  if (!(error instanceof LeaseHeldError)) throw error;
  console.log('another instance is running');
}
