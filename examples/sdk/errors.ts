// What can go wrong, by its code. The codes stay; the messages are for people.
import { Client, KonductorError } from '@konductor/sdk';

await using client = new Client();

for (const name of process.argv.slice(2)) {
  try {
    await using permit = await client.acquireSemaphore(name, { timeout: '0s', weight: 2 });
    console.log(`${name}: got it, token ${permit.token}`);
  } catch (error) {
    if (!(error instanceof KonductorError)) throw error;
    console.log(`${name}: ${advice(error)}`);
  }
}

function advice(error: KonductorError): string {
  switch (error.code) {
    case 'TIMEOUT':
    case 'HELD':
      return 'no room now, come back later';
    case 'ABORTED':
      return 'cancelled by us';
    case 'NOT_FOUND':
      return 'there is no such semaphore, create it first';
    case 'DENIED':
    case 'ALREADY_HELD':
      return `refused: ${error.message}`;
    default:
      return `${error.code}: ${error.message}`;
  }
}
