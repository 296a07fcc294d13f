import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/files.ts';
import type { Client } from '../../src/sdk/index.ts';
import { startPostgres } from './postgres.ts';
import { builtLibrary, type Library, type Program, runProgram } from './program.ts';
import { startRedis, WITHOUT_REDIS } from './redis.ts';

/** A place of its own on some API server, with an operator. */
export interface Place {
  readonly kubeconfig: string;
  readonly client: Client;
  apply(yaml: string): Promise<void>;
  leave(): Promise<void>;
}

const OBJECTS = readFileSync(join(ROOT, 'examples/sdk/objects.yaml'), 'utf8');

export function examplesDo(where: string, arrive: () => Promise<Place>): void {
  describe(`a program of examples/sdk, ${where}`, { timeout: 60_000 }, () => {
    let library: Library;
    let place: Place;
    let client: Client;
    const running = new Set<Program>();

    const run = (file: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) => {
      const program = runProgram(`examples/sdk/${file}`, args, {
        KUBECONFIG: place.kubeconfig,
        KONDUCTOR_LIBRARY: library.folder,
        ...environment,
      });
      running.add(program);
      return program;
    };

    beforeAll(async () => {
      library = await builtLibrary();
    });
    afterAll(() => library[Symbol.dispose]());
    beforeEach(async () => {
      place = await arrive();
      client = place.client;
      await place.apply(OBJECTS);
    });
    afterEach(async () => {
      for (const program of running) program.kill('SIGKILL');
      running.clear();
      await place.leave();
    });

    it.each([
      { file: 'rate-limited-job.ts', says: ['got a permit of api-quota, token N', 'done'] },
      { file: 'with-options.ts', says: ['in use: 2, until later'] },
      {
        file: 'manual-renewal.ts',
        says: ['first', 'second', 'third'].map((part) => `${part} part done, held on: true`),
      },
      { file: 'singleton.ts', says: ['running the task, token N'] },
      { file: 'retry.ts', says: ['got it, token N'] },
      { file: 'batch.ts', says: ['A B C D E never more than 2 at once'] },
      {
        file: 'gates.ts',
        says: [
          'open now: false',
          expect.stringMatching(/^NOT MET: Barrier\/stage-1-complete - /),
          'MET: Semaphore/api-quota',
          'all dependencies are ready',
        ],
      },
    ])('$file says what it should, and leaves nothing behind', async ({ file, says }) => {
      expect(plain(await run(file).ends())).toEqual(says);
      for (const { metadata, spec } of await client.listSemaphores()) {
        await using all = await client.acquireSemaphore(metadata.name, { weight: spec.permits, timeout: '5s' });
        all.assertHeld();
      }
    });

    it('singleton.ts goes home when another instance runs', async () => {
      await using _lease = await client.acquireLease('singleton-task');
      expect(await run('singleton.ts').ends()).toEqual(['another instance is running']);
    });

    it('pipeline.ts begins no second stage before both workers are there', async () => {
      const first = run('pipeline.ts', ['worker-1']);
      await first.says('stage 1');
      expect(first.lines).toEqual(['worker-1: stage 1']);
      const second = run('pipeline.ts', ['worker-2']);
      expect(await second.ends()).toEqual(['worker-2: stage 1', 'worker-2: stage 2']);
      expect(await first.ends()).toEqual(['worker-1: stage 1', 'worker-1: stage 2']);
    });

    it('leader-election.ts hands over when the leader is told to end', async () => {
      const blue = run('leader-election.ts', ['blue']);
      const first = tokenIn(await blue.says('blue leads'));
      const green = run('leader-election.ts', ['green']);
      blue.kill('SIGTERM');
      expect(await blue.ends()).toContain('not the leader any more');
      expect(tokenIn(await green.says('green leads'))).toBeGreaterThan(first);
    });

    it('errors.ts has a word for each', async () => {
      await client.createSemaphore('tiny', { permits: 1 });
      await using _permit = await client.acquireSemaphore('api-quota');
      const names = ['db-connections', 'api-quota', 'tiny', 'nowhere'];
      expect(plain(await run('errors.ts', names).ends())).toEqual([
        'db-connections: got it, token N',
        'api-quota: no room now, come back later',
        expect.stringMatching(/^tiny: refused: /),
        'nowhere: there is no such semaphore, create it first',
      ]);
    });

    it('retry.ts gives up after the third try', async () => {
      await client.createSemaphore('full', { permits: 1 });
      await using _permit = await client.acquireSemaphore('full');
      expect(await run('retry.ts', ['full']).ends()).toEqual([
        'no room, try 1 of 3',
        'no room, try 2 of 3',
        'gave up after 3 tries',
      ]);
    });

    it('express.cjs answers five at once, and tells the next to come again', async () => {
      const server = run('express.cjs');
      const port = (await server.says('listening on')).split(' ').pop();
      const ask = () => fetch(`http://127.0.0.1:${port}/api/heavy/report`);
      expect(await (await ask()).json()).toEqual({ token: expect.any(Number) });
      const held = await Promise.all([1, 2, 3, 4, 5].map(() => client.acquireSemaphore('api-heavy')));
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('1');
      await Promise.all(held.map((permit) => permit.release()));
      expect((await ask()).status).toBe(200);
    });

    it.skipIf(WITHOUT_REDIS)(
      `bull-worker.cjs works within the limit${WITHOUT_REDIS ? ` (${WITHOUT_REDIS})` : ''}`,
      async () => {
        await using redis = await startRedis();
        const worker = run('bull-worker.cjs', [], { REDIS_PORT: String(redis.port) });
        await worker.says('ready');
        const queue = new Queue('process data', { connection: { host: '127.0.0.1', port: redis.port } });
        await queue.add('greet', { text: 'hello' });
        expect(await worker.says('greet')).toBe('job greet: HELLO');
        expect((await client.getSemaphore('external-api')).spec.permits).toBe(3);
        await queue.close();
        worker.kill('SIGKILL');
      },
    );

    it('pool.ts takes a permit for its connection', async () => {
      await using postgres = await startPostgres(); // some seconds, the first time
      expect(await run('pool.ts', [], { DATABASE_URL: postgres.url }).ends()).toEqual([
        'answer 42, connections in use: 1',
      ]);
      await using all = await client.acquireSemaphore('db-connections', { weight: 2, timeout: '5s' });
      all.assertHeld();
    });

    it('coordinated-workflow.cjs waits for the stage before it, and says when its own is over', async () => {
      const workflow = run('coordinated-workflow.cjs');
      await client.arriveBarrier('stage-1-complete');
      expect(await workflow.ends()).toEqual(['stage 2: processed', 'stage 2 complete']);
      expect((await client.getSemaphore('data-processing')).spec.permits).toBe(2);
    });

    it('service.ts serves as the only one until it is told to end', async () => {
      const service = run('service.ts');
      await client.arriveBarrier('stage-1-complete');
      const token = tokenIn(await service.says('serving'));
      service.kill('SIGTERM');
      expect(await service.ends()).toContain('ended in good order');
      await using lease = await client.tryAcquireLease('service-leader');
      expect(lease.token).toBeGreaterThan(token);
    });
  });
}

/** Tokens grow, and from where is nobody's business. */
const plain = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/token \d+/, 'token N'));

const tokenIn = (line: string): number => Number(line.match(/token (\d+)/)?.[1]);
