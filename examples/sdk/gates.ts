// A gate opens when everything it waits for is so.
import { Client } from '@konductor/sdk';

await using client = new Client();

console.log(`open now: ${await client.checkGate('dependencies-ready')}`);
for (const { met, type, name, message } of await client.getGateConditions('dependencies-ready')) {
  console.log(`${met ? 'MET' : 'NOT MET'}: ${type}/${name}${met ? '' : ` - ${message}`}`);
}
await client.arriveBarrier('stage-1-complete');
await client.waitGate('dependencies-ready', { timeout: '5m' });
console.log('all dependencies are ready');
