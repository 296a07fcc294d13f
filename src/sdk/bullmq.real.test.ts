import { once } from 'node:events';
import { type ConnectionOptions, Queue, QueueEvents, Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Redis, startRedis, WITHOUT_REDIS } from '../../test/sdk/redis.ts';
import { type Konductor, startKonductor } from '../dev/testing.ts';
import { limitedProcessor, type ProcessorOptions } from './bullmq.ts';
import { HoldLostError } from './errors.ts';
import type { Hold } from './hold.ts';

describe.skipIf(WITHOUT_REDIS)(`a limited processor of BullMQ${WITHOUT_REDIS ? ` (${WITHOUT_REDIS})` : ''}`, () => {
  let redis: Redis;
  let konductor: Konductor;
  let connection: ConnectionOptions;
  let queue: Queue;
  let events: QueueEvents;
  const workers: Worker[] = [];

  beforeEach(async () => {
    redis = await startRedis();
    connection = { host: '127.0.0.1', port: redis.port };
    konductor = await startKonductor();
    queue = new Queue('process-data', { connection });
    events = new QueueEvents('process-data', { connection });
    await events.waitUntilReady();
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close(true)));
    await Promise.all([queue.close(), events.close()]);
    await konductor.stop();
    await redis[Symbol.asyncDispose]();
  });

  function work(
    options: Partial<ProcessorOptions>,
    run: (data: string, permit: Hold) => Promise<string> | string,
    holder = 'worker',
  ): Worker {
    const client = konductor.connect({ holder });
    const processor = limitedProcessor(
      'external-api',
      { permits: 1, client, ...options },
      (job: { data: string }, permit) => run(job.data, permit),
    );
    const worker = new Worker('process-data', processor, { connection, concurrency: 5 });
    workers.push(worker);
    return worker;
  }

  it('works on as many jobs as there are permits, whatever the concurrency of all workers', async () => {
    let running = 0;
    let most = 0;
    const run = async (data: string) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return data.toUpperCase();
    };
    work({ permits: 2 }, run, 'one');
    work({ permits: 2 }, run, 'two');
    const jobs = await queue.addBulk(['a', 'b', 'c', 'd', 'e', 'f'].map((data) => ({ name: data, data })));
    const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
    expect(results).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('puts a job that finds no room back into the queue for a while, and it has not failed', async () => {
    await konductor.client.createSemaphore('external-api', { permits: 1 });
    const permit = await konductor.client.acquireSemaphore('external-api');
    work({ timeout: 0, delay: '300ms' }, (data) => data);
    const delayed = new Promise((resolve) => events.once('delayed', resolve));
    const job = await queue.add('late', 'late');
    await delayed;
    await permit.release();
    expect(await job.waitUntilFinished(events)).toBe('late');
    expect((await queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1);
  });

  it('fails a job that finds no room when nobody says to put it back', async () => {
    await konductor.client.createSemaphore('external-api', { permits: 1 });
    await using _permit = await konductor.client.acquireSemaphore('external-api');
    work({ timeout: 0 }, (data) => data);
    const job = await queue.add('late', 'late');
    await expect(job.waitUntilFinished(events)).rejects.toThrow('external-api');
  });

  it('fails a job whose hold was lost, since it may not have been alone', async () => {
    work({}, async (_, permit) => {
      await konductor.client.releaseSemaphore('external-api', { holder: 'worker' });
      if (!permit.signal.aborted) await once(permit.signal, 'abort');
      expect(permit.signal.reason).toBeInstanceOf(HoldLostError);
      return 'done all the same';
    });
    const job = await queue.add('lost', 'lost');
    await expect(job.waitUntilFinished(events)).rejects.toThrow('external-api');
  });

  it('lets the error of the work itself be', async () => {
    work({ delay: 60 }, () => {
      throw new Error('bad data');
    });
    const job = await queue.add('bad', 'bad');
    await expect(job.waitUntilFinished(events)).rejects.toThrow('bad data');
  });

  it('stops waiting when the job is cancelled', async () => {
    await konductor.client.createSemaphore('external-api', { permits: 1 });
    await using _permit = await konductor.client.acquireSemaphore('external-api');
    const waiting = async () => (await konductor.client.getSemaphore('external-api')).status?.waiting ?? 0;
    const worker = work({}, (data) => data);
    const job = await queue.add('unwanted', 'unwanted');
    await expect.poll(waiting).toBe(1);
    worker.cancelJob(job.id ?? '');
    await expect(job.waitUntilFinished(events)).rejects.toThrow('external-api');
    await expect.poll(waiting).toBe(0);
  });
});
