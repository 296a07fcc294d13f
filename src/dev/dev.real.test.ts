import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaries } from '../../test/cluster/binaries.ts';
import { runKubectl } from '../../test/cluster/kubectl.ts';
import { API_VERSION } from '../api/group.ts';
import { resourceName } from '../api/kind.ts';
import { KINDS } from '../api/kinds.ts';
import { toYaml } from '../api/yaml.ts';

describe('konductor dev --no-operator, with the real kubectl', () => {
  let dir: string;
  let kubeconfig: string;
  let program: string;
  let dev: ChildProcess;

  const kubectl = async (args: readonly string[], stdin?: string) => {
    const result = await runKubectl(args, { program, kubeconfig, dir, ...(stdin !== undefined && { stdin }) });
    expect(result, `kubectl ${args.join(' ')}`).toMatchObject({ code: 0, stderr: '' });
    return result.stdout;
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'konductor-dev-'));
    kubeconfig = join(dir, 'kubeconfig');
    program = (await binaries()).kubectl;
    dev = spawn('node', [join(import.meta.dirname, 'main.ts'), 'dev', '--no-operator', '--kubeconfig', kubeconfig], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // it says where it is once it can be reached
    if (dev.stdout) await once(createInterface(dev.stdout), 'line');
  });

  afterAll(async () => {
    dev.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });

  it.each(KINDS.map((kind) => ({ kind })))('creates, lists, watches and deletes a $kind.kind', async ({ kind }) => {
    const resource = resourceName(kind);
    const manifest = { apiVersion: API_VERSION, kind: kind.kind, metadata: { name: 'mine' }, spec: kind.example };
    const watching = spawn(program, ['get', resource, '--watch', '-o', 'name', '--output-watch-events=false'], {
      env: { HOME: dir, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await kubectl(['create', '-f', '-'], toYaml(manifest));
      if (watching.stdout) {
        const [line] = await once(createInterface(watching.stdout), 'line');
        expect(line).toBe(`${kind.singular}.sync.konductor.io/mine`);
      }
      expect(await kubectl(['get', kind.shortName, '-o', 'name'])).toBe(`${kind.singular}.sync.konductor.io/mine\n`);
      expect(await kubectl(['get', resource])).toContain('mine');
      await kubectl(['delete', resource, 'mine', '--wait']);
      expect(await kubectl(['get', resource, '-o', 'name'])).toBe('');
    } finally {
      watching.kill();
    }
  });

  it('ends on SIGTERM, and takes its kubeconfig with it', async () => {
    dev.kill('SIGTERM');
    const [code] = await once(dev, 'exit');
    expect(code).toBe(0);
    expect(existsSync(kubeconfig)).toBe(false);
  });
});
