import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnGuarded } from '../cluster/guard.ts';
import { freePort } from '../cluster/ports.ts';

/** A Redis of this test alone, which keeps nothing. */
export interface Redis extends AsyncDisposable {
  readonly port: number;
}

const PROGRAM = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'redis-server'))
  .find((path) => existsSync(path));

/** Why tests with Redis cannot run here, if they cannot. */
export const WITHOUT_REDIS: string | undefined =
  PROGRAM === undefined ? 'there is no redis-server on PATH: apt-get install redis-server' : undefined;

export async function startRedis(): Promise<Redis> {
  if (PROGRAM === undefined) throw new Error(WITHOUT_REDIS);
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawnGuarded(PROGRAM, settings, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/', env: {} });
  const ended = once(child, 'exit');
  if (!child.stdout) throw new Error('redis-server could not be started');
  for await (const line of createInterface(child.stdout)) {
    if (line.includes('Ready to accept connections')) break;
  }
  child.stdout.resume();
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
