// Stage 2 of a workflow, and a computation that only a few may do at once.
const konductor = require('@konductor/sdk');

async function main() {
  const client = new konductor.Client();
  await client.waitBarrier('stage-1-complete', { timeout: 1800 });
  const result = await client.withSemaphore('data-processing', { permits: 2, ttl: 600 }, () => heavyDataProcessing());
  console.log(`stage 2: ${result}`);
  await client.arriveBarrier('stage-2-complete');
  await client.waitBarrier('stage-2-complete', { timeout: 60 });
  console.log('stage 2 complete');
  await client.close();
}

async function heavyDataProcessing() {
  return 'processed';
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
