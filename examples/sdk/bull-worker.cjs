// A BullMQ worker that calls an API with at most three jobs at once, on all machines together.
const { Worker } = require('bullmq');
const konductor = require('@konductor/sdk');

const processor = konductor.limitedProcessor(
  'external-api',
  { permits: 3, timeout: '30s', delay: '10s' }, // no room in 30 s: back to the queue for 10 s
  async (job, _permit, signal) => processJobData(job.data, signal),
);

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT ?? 6379) };
const worker = new Worker('process data', processor, { connection, concurrency: 10 });
worker.on('completed', (job, result) => console.log(`job ${job.name}: ${result}`));
worker.on('failed', (job, error) => console.log(`job ${job?.name} failed: ${error.message}`));
worker.on('ready', () => console.log('ready'));

async function processJobData({ text }, signal) {
  signal.throwIfAborted();
  return text.toUpperCase();
}
