// Two workers: neither begins stage 2 before both are through stage 1. Run it twice: pipeline.ts worker-1, worker-2.
import { Client } from '@konductor/sdk';

const worker = process.argv[2] ?? 'worker-1';
await using client = new Client();

console.log(`${worker}: stage 1`);
await client.arriveBarrier('stage-1-done', { holder: worker });
await client.waitBarrier('stage-1-done', { timeout: '30m' });
console.log(`${worker}: stage 2`);
