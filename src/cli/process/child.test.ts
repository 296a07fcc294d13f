import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import type { EndingSignal } from '../exit.ts';
import { type ChildOptions, runChild } from './child.ts';
import { findProgram } from './find-program.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'konductor-child-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const NEVER = new AbortController().signal;

/** Runs a line of shell; `tell` sends it what we got. */
function running(script: string, options: Partial<ChildOptions> = {}) {
  const listeners = new Set<(signal: EndingSignal) => void>();
  const code = runChild({
    command: '/bin/sh',
    args: ['-c', script],
    variables: { PATH: process.env.PATH, DIR: dir },
    group: 'own',
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ask: NEVER,
    stop: NEVER,
    grace: 10_000,
    clock: systemClock,
    ...options,
  });
  return {
    code,
    listeners,
    tell: (signal: EndingSignal) => {
      for (const listener of listeners) listener(signal);
    },
  };
}

/** A fifo that a script writes a line to when it has come so far: no time is guessed. */
async function marker(name: string): Promise<{ path: string; reached: Promise<string> }> {
  const path = join(dir, name);
  const { spawnSync } = await import('node:child_process');
  spawnSync('mkfifo', [path]);
  return { path, reached: readFile(path, 'utf8') };
}

describe('a program that is run', () => {
  it.each([
    { code: 0, script: 'exit 0' },
    { code: 7, script: 'exit 7' },
    { code: 143, script: 'kill -TERM $$' },
    { code: 137, script: 'kill -KILL $$' },
  ])('passes on its code $code: $script', async ({ code, script }) => {
    expect(await running(script).code).toBe(code);
  });

  it('sees the variables it is given', async () => {
    const script = 'test "$KONDUCTOR_TOKEN" = 42';
    expect(await running(script, { variables: { PATH: process.env.PATH, KONDUCTOR_TOKEN: '42' } }).code).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('gets %s, as often as we do', async (signal) => {
    const first = await marker(`first-${signal}`);
    const second = await marker(`second-${signal}`);
    const short = signal.slice(3);
    const { code, tell, listeners } = running(
      `trap 'n=$((n+1)); if [ $n = 1 ]; then echo once > ${second.path}; else exit 9; fi' ${short}
       echo ready > ${first.path}; while :; do sleep 0.05; done`,
    );
    await first.reached;
    tell(signal);
    await second.reached;
    tell(signal);
    expect(await code).toBe(9);
    expect(listeners.size).toBe(0);
  });

  it('is left to the terminal for Ctrl-C when somebody works with it', async () => {
    const ready = await marker('shared');
    const { code, tell } = running(
      `trap 'exit 5' TERM; trap 'exit 6' INT; echo > ${ready.path}; while :; do sleep 0.05; done`,
      {
        group: 'shared',
      },
    );
    await ready.reached;
    tell('SIGINT');
    tell('SIGTERM');
    expect(await code).toBe(5);
  });
});

describe('a program that must stop', () => {
  it('is asked first', async () => {
    const ready = await marker('asked');
    const stop = new AbortController();
    const { code } = running(`trap 'exit 3' TERM; echo > ${ready.path}; while :; do sleep 0.05; done`, {
      stop: stop.signal,
    });
    await ready.reached;
    stop.abort();
    expect(await code).toBe(3);
  });

  it('soon is only asked', async () => {
    const ready = await marker('soon');
    const ask = new AbortController();
    const { code } = running(`trap 'sleep 0.3; exit 4' TERM; echo > ${ready.path}; while :; do sleep 0.05; done`, {
      ask: ask.signal,
      grace: 0,
    });
    await ready.reached;
    ask.abort();
    expect(await code).toBe(4);
  });

  it('is killed when it does not, with all it has started', async () => {
    const ready = await marker('stubborn');
    const stop = new AbortController();
    const { code } = running(
      `trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & echo $! > ${ready.path}; wait`,
      { stop: stop.signal, grace: 100 },
    );
    const grandchild = Number(await ready.reached);
    stop.abort();
    expect(await code).toBe(137);
    await expectGone(grandchild);
  });

  it('takes along what it left behind', async () => {
    const ready = await marker('left');
    const stop = new AbortController();
    const { code } = running(
      `(trap '' TERM; while :; do sleep 0.05; done) & trap 'exit 0' TERM; echo $! > ${ready.path}; while :; do sleep 0.05; done`,
      { stop: stop.signal },
    );
    const grandchild = Number(await ready.reached);
    stop.abort();
    await code;
    await expectGone(grandchild);
  });

  async function expectGone(pid: number): Promise<void> {
    await expect
      .poll(async () => {
        const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone Z');
        return state.includes(' Z'); // a zombie runs no more; whoever adopted it buries it
      })
      .toBe(true);
  }
});

describe('a program that cannot be run', () => {
  it.each([
    { what: 'is not there', command: 'no-such-program', code: 127 },
    { what: 'is not there, by its path', command: '/no/such/program', code: 127 },
    { what: 'may not be run', command: 'DIR/plain', code: 126 },
    { what: 'is a folder', command: 'DIR/', code: 126 },
  ])('ends with $code when it $what', async ({ command, code }) => {
    await writeFile(join(dir, 'plain'), '');
    const named = command.replace('DIR', dir);
    await expect(findProgram(named, process.env.PATH)).rejects.toMatchObject({ exitCode: code });
    await expect(running('', { command: named, args: [] }).code).rejects.toMatchObject({ exitCode: code });
  });

  it('is found on the path otherwise', async () => {
    await expect(findProgram('sh', process.env.PATH)).resolves.toBeUndefined();
  });
});
