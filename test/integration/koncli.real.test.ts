import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { buildKoncli } from '../../scripts/build-koncli.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { spawnGuarded } from '../cluster/guard.ts';
import { until } from '../cluster/until.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { MADE_BEFORE, PROMISED } from '../support/promised-lines.ts';

const cluster = sharedCluster();

let namespace: string;
let folder: string;
let operator: OperatorProcess;
let variables: Record<string, string>;

/** A machine with koncli on its path, and kubectl's own way to the cluster. */
beforeAll(async () => {
  namespace = await cluster.namespace('koncli');
  folder = await mkdtemp(join(tmpdir(), 'koncli-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await buildKoncli(join(folder, 'dist'));
  for (const name of ['koncli', 'kondctl']) {
    await writeFile(join(folder, name), `#!/bin/sh\nexec '${process.execPath}' '${folder}/dist/koncli.js' "$@"\n`);
    await chmod(join(folder, name), 0o755);
  }
  const kubeconfig = join(folder, 'config');
  const config = parse(await readFile(await cluster.kubeconfig(), 'utf8'));
  for (const { context } of config.contexts) context.namespace = namespace;
  await writeFile(kubeconfig, stringify(config));
  variables = {
    PATH: `${folder}${delimiter}${process.env['PATH']}`,
    KUBECONFIG: kubeconfig,
    HOME: folder,
    KONDUCTOR_HOLDER: 'me',
  };
  operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
});
afterAll(async () => {
  await operator.kill('SIGTERM');
  await rm(folder, { recursive: true });
});

function sh(script: string) {
  const child = spawnGuarded('sh', ['-c', script], { env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (piece) => (out += piece));
  child.stderr?.on('data', (piece) => (err += piece));
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, out, err }));
  return { child, ended };
}

const run = (script: string) => sh(script).ended;

const claims = async (): Promise<readonly KubeObject[]> => {
  const path = `/apis/sync.konductor.io/v1/namespaces/${namespace}/permits`;
  return (await cluster.request<{ readonly items: readonly KubeObject[] }>('GET', path)).body.items;
};

describe('koncli as a process, on a real control plane', () => {
  it('runs every promised command line', async () => {
    const made = await run(MADE_BEFORE.map((line) => `koncli ${line}`).join(' && '));
    expect(made.code, made.err).toBe(0);
    for (const { line, code = 0 } of PROMISED) {
      const ended = await run(`kondctl ${line.replace('NAMESPACE', namespace)}`);
      expect(ended.code, `${line}\n${ended.err}`).toBe(code);
    }
  }, 180_000);

  it('runs the scripts of the documents: acquire, work, release, and fail fast', async () => {
    await run('koncli semaphore create scripts --permits 1');
    const script = `
if koncli semaphore acquire scripts --ttl=5m; then
  echo working
  if ! kondctl semaphore acquire scripts --ttl=5m --holder other; then
    echo somebody else is
  fi
  koncli semaphore release scripts
fi`;
    const { code, out, err } = await run(script);
    expect(code, err).toBe(0);
    expect(out.match(/^(working|somebody else is|semaphore scripts released.*)$/gm)).toEqual([
      'working',
      'somebody else is',
      'semaphore scripts released: 1 claim',
    ]);
    expect(err).toMatch(/^error: [^\n]+\n$/);
  });

  it('leaves no claim that nobody knows of, whenever it is told to end', async () => {
    await run('koncli semaphore create killed --permits 1');
    const before = (await claims()).length;
    // from before the program has begun to read its command line until after it holds
    for (let milliseconds = 60; milliseconds <= 600; milliseconds += 45) {
      const { child, ended } = sh('exec koncli semaphore acquire killed --wait');
      await pause(milliseconds);
      child.kill('SIGTERM');
      const { code, out, err } = await ended;
      if (code === 0) expect((await run('koncli semaphore release killed')).code).toBe(0);
      else expect([code === 143 || code === 'SIGTERM', out], `${milliseconds} ms: ${code} ${err}`).toEqual([true, '']);
      expect((await claims()).length, `${milliseconds} ms`).toBe(before);
    }
  });

  it('a waiting process that is told to end gives its place back', async () => {
    await run('koncli semaphore create queue --permits 1 && koncli semaphore acquire queue --holder other');
    const before = (await claims()).length;
    const { child, ended } = sh('exec koncli semaphore acquire queue --wait');
    await until(async () => (await claims()).length > before, { within: 15_000, what: 'it waits' });
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(await claims()).toHaveLength(before);
  });

  it('ends quietly when nobody reads on', async () => {
    const { code, err } = await run('koncli crds | head -1; koncli semaphore get -o json | head -1');
    expect([code, err]).toEqual([0, '']);
  });

  it('says in a line that its output cannot be written', async () => {
    const { code, err } = await run('koncli crds > /dev/full');
    expect([code, err]).toEqual([1, expect.stringMatching(/^error: the output cannot be written: ENOSPC[^\n]*\n$/)]);
  });

  it('says what is wrong with a cluster that is not there', async () => {
    const ended = await run('koncli semaphore list --server https://127.0.0.1:1');
    expect(ended).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error: [^\n]*127\.0\.0\.1:1[^\n]*\n$/),
    });
  });
});
