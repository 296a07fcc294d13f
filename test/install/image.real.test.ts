import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Instruction, ignores, ROOT, readDockerfile } from './dockerfile.ts';

/** Into a root of one's own, where only what was copied can be found. */
const INTO = ['unshare', '--map-root-user', '--root'];
const canEnter = spawnSync('unshare', ['--map-root-user', 'true']).status === 0;
if (!canEnter) console.warn('SKIPPED: the image cannot be entered without user namespaces (unshare)');

/** The build stage's steps, in an empty folder of this machine: there is no container engine here. */
describe.skipIf(!canEnter)('the image, by the steps of its Dockerfile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'konductor-image-'));
  const root = join(folder, 'image');
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    npm_config_prefer_offline: 'true',
  };

  const STEPS: Readonly<Record<string, (text: string) => void>> = {
    COPY(text) {
      const sources = text.split(' ').slice(0, -1);
      for (const source of sources) {
        const filter = (path: string) => path === ROOT || `${path}/` === ROOT || !ignores(relative(ROOT, path));
        if (source === '.') for (const name of readdirSync(ROOT)) copy(name, filter);
        else cpSync(join(ROOT, source), join(folder, basename(source)));
      }
    },
    RUN: (text) => void execFileSync('sh', ['-ec', text], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    WORKDIR: () => {},
  };
  const copy = (name: string, filter: (path: string) => boolean) => {
    if (filter(join(ROOT, name))) cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter });
  };

  beforeAll(() => {
    for (const { is, text } of readDockerfile()[0]?.instructions ?? ([] as Instruction[])) {
      const step = STEPS[is];
      if (!step) throw new Error(`this test does not know the instruction ${is}`);
      step(text);
    }
  }, 400_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inside = (...command: string[]) => {
    const [unshare = '', ...flags] = INTO;
    return spawnSync(unshare, [...flags, root, ...command], {
      // the later folders are where this machine has unshare: inside there are none
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', NODE_ENV: 'production' },
      encoding: 'utf8',
    });
  };

  it.each([
    ['the entry point', ['/usr/local/bin/node', '/konductor/konductor.js', '--version'], manifest.version],
    ['konductor', ['konductor', '--version'], manifest.version],
    ['the operator', ['konductor', 'operator', '--help'], 'konductor operator'],
    ['the plugin', ['konductor', 'argo-plugin', '--help'], 'konductor argo-plugin'],
    ['koncli', ['koncli', 'version', '--client'], manifest.version],
    ['kondctl', ['kondctl', 'version', '--client'], manifest.version],
    ['kubectl-konductor', ['kubectl-konductor', '--help'], 'kubectl konductor'],
    ['the definitions', ['konductor', 'crds'], 'semaphores.sync.konductor.io'],
  ])('starts %s with nothing but what is in it', (_, command, says) => {
    const { status, stdout, stderr } = inside(...command);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(says);
  });

  it('reaches the network code: a server that is not there is named', () => {
    const { status, stderr } = inside('koncli', 'semaphore', 'list', '--server', 'https://127.0.0.1:1');
    expect(status).toBe(1);
    expect(stderr).toContain('127.0.0.1:1');
  });

  it('has no shell, no package manager, and no more than Node weighs and a little', () => {
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map(({ name }) => name);
    for (const name of ['sh', 'bash', 'busybox', 'npm', 'apt', 'env']) expect(names).not.toContain(name);
    const weight = (name: string) => statSync(name).size;
    const all = files.reduce((sum, { parentPath, name }) => sum + weight(join(parentPath, name)), 0);
    expect(all - weight(join(root, 'usr/local/bin/node'))).toBeLessThan(40 * 1024 ** 2);
  });
});
