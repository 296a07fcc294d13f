// A list, a few of it at a time; all programs that name the semaphore share the limit.
import { Client, parallelLimit } from '@konductor/sdk';

await using client = new Client();
let running = 0;
let most = 0;
const results = await parallelLimit(client, 'api-quota', ['a', 'b', 'c', 'd', 'e'], async (item) => {
  most = Math.max(most, ++running);
  await new Promise((resolve) => setImmediate(resolve));
  running--;
  return item.toUpperCase();
});
console.log(results.join(' '), most <= 2 ? 'never more than 2 at once' : `${most} at once`);
