import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_VERSION } from '../src/api/group.ts';
import { KINDS } from '../src/api/kinds.ts';
import { problemsOf } from '../src/api/validate.ts';
import { type Konductor, startKonductor } from '../src/dev/testing.ts';
import { documentedBlocks, isManifest } from './support/markdown.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
// inside node_modules so that no tool takes it for a source of ours
const SCRATCH = join(ROOT, 'node_modules/.cache/konductor-docs');

const BLOCKS = documentedBlocks();
const inLanguage = (language: string) => BLOCKS.filter((block) => block.language === language);

/** Kinds that stand beside ours; the tests that run the examples know whether they are good. */
const KUBERNETES_OWN = /^(v1|batch\/v1|apps\/v1|rbac\.authorization\.k8s\.io\/v1)$/;
describe('the documentation', () => {
  it('is found', () => {
    expect(BLOCKS.length).toBeGreaterThan(5);
  });

  it.each(inLanguage('yaml').filter(isManifest))('has a good manifest at $at', ({ text }) => {
    for (const document of parseAllDocuments(text)) {
      const manifest = document.toJS() as { apiVersion: string; kind: string };
      if (KUBERNETES_OWN.test(manifest.apiVersion)) continue;
      expect(manifest.apiVersion).toBe(API_VERSION);
      const kind = KINDS.find(({ kind }) => kind === manifest.kind);
      expect(kind && problemsOf(kind, manifest)).toEqual([]);
    }
  });

  it('has an answer to `npm start`, which then runs until it is told to end', { timeout: 60_000 }, async () => {
    const start = spawn('npm', ['start', '--silent'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const ended = once(start, 'exit');
    let said = '';
    for await (const line of createInterface(start.stdout)) {
      said += `${line}\n`;
      // its last word; to the whole group, as Ctrl-C in a terminal is
      if (line.includes('Ctrl-C') && start.pid) process.kill(-start.pid, 'SIGINT');
    }
    await ended;
    for (const { kind } of KINDS) expect(said).toContain(kind);
    expect(existsSync(join(ROOT, '.konductor/kubeconfig'))).toBe(false);
  });

  it('names only npm commands that exist', async () => {
    const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
    const named = BLOCKS.flatMap(({ text }) => [...text.matchAll(/^npm (?!install)(?:run )?([\w:]+)/gm)]).map(
      ([, name]) => name,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(named));
  });
});

describe('a program in the documentation', () => {
  let konductor: Konductor;

  beforeAll(async () => {
    mkdirSync(SCRATCH, { recursive: true });
    // the cluster of whoever follows the guide, with the objects it shows
    konductor = await startKonductor();
    vi.stubEnv('KUBECONFIG', (await konductor.listen()).kubeconfig);
    await konductor.apply(
      ...inLanguage('yaml').flatMap(({ at, text }) => (at.startsWith('docs/sdk.md') ? [text] : [])),
    );
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await konductor.stop();
    rmSync(SCRATCH, { recursive: true, force: true });
  });

  it.each(inLanguage('ts').map((block, index) => ({ ...block, index })))(
    'prints what it says at $at',
    async ({ text, index }) => {
      const file = join(SCRATCH, `block-${index}.ts`);
      writeFileSync(file, text);
      const printed: string[] = [];
      const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
        printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
      });
      try {
        await import(file);
      } finally {
        log.mockRestore();
      }
      expect(printed).toEqual([...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, said]) => said));
    },
  );
});
