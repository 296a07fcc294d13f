import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { API_VERSION } from '../src/api/group.ts';
import { KINDS } from '../src/api/kinds.ts';
import { problemsOf } from '../src/api/validate.ts';
import { type Konductor, startKonductor } from '../src/dev/testing.ts';
import { documentedBlocks, documentedPages, inlineCodeIn, LANGUAGES } from './support/markdown.ts';
import { isGenerated, pagesOf, WALKERS } from './support/pages.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
// inside node_modules so that no tool takes it for a source of ours
const SCRATCH = join(ROOT, 'node_modules/.cache/konductor-docs');

const BLOCKS = documentedBlocks();
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const inLanguage = (language: string) => BLOCKS.filter((block) => block.language === language);

/** Kinds that stand beside ours; the suites that apply them know whether they are good. */
const OTHERS = /^(v1|batch\/v1|apps\/v1|rbac\.authorization\.k8s\.io\/v1|tekton\.dev\/v1)$/;

describe('a block of code in the documentation', () => {
  it.each(documentedPages())('says in %s what is done with it', (page) => {
    const blocks = BLOCKS.filter((block) => block.page === page);
    const fences = textOf(page).match(/^ *(```|~~~)/gm) ?? [];
    expect(fences.length, 'each fence opens or closes a block').toBe(2 * blocks.length);
    expect(blocks.filter(({ language }) => !LANGUAGES.some((known) => known === language))).toEqual([]);
  });

  const acted = BLOCKS.filter(({ language, page }) => ['sh', 'yaml'].includes(language) && !isGenerated(page));
  it.each([...new Set(acted.map(({ page }) => page))])('is typed or applied in %s, by one suite', (page) => {
    expect(Object.values(WALKERS).filter((pages) => pages.includes(page))).toHaveLength(1);
  });

  it.each(Object.keys(WALKERS))('is done by %s, which takes its pages from the list', (suite) => {
    expect(textOf(suite)).toContain('pagesOf(import.meta.filename)');
  });

  const shown = inLanguage('text').filter(({ page }) => !isGenerated(page));
  it.each(shown)('that is output, at $at, follows what prints it', (block) => {
    expect(BLOCKS[BLOCKS.indexOf(block) - 1]).toMatchObject({ page: block.page, language: 'sh' });
  });

  // there is no cluster to install in where these pages are walked
  const installs = acted.filter(
    ({ page, text }) => WALKERS['test/pages.real.test.ts']?.includes(page) && /^helm /m.test(text),
  );
  it.each(installs)('that installs, at $at, does it as docs/install.md does, which is done for real', ({ text }) => {
    const asTyped = (command: string) => command.replace(/ --set \S+/, '');
    const typed = inLanguage('sh').flatMap((block) => (block.page === 'docs/install.md' ? block.text.split('\n') : []));
    for (const command of text.match(/^helm .*$/gm) ?? []) expect(typed.map(asTyped)).toContain(asTyped(command));
    const values = parse(textOf('operator/chart/values.yaml'));
    for (const [, path = ''] of text.matchAll(/ --set ([\w.]+)=/g)) {
      expect(
        path.split('.').reduce((value, key) => value?.[key], values),
        path,
      ).toBeDefined();
    }
  });
});

describe('the documentation', () => {
  it.each(inLanguage('yaml'))('has a good manifest at $at', ({ text }) => {
    for (const document of parseAllDocuments(text)) {
      const manifest = document.toJS() as { apiVersion: string; kind: string };
      if (OTHERS.test(manifest.apiVersion)) continue;
      expect(manifest.apiVersion).toBe(API_VERSION);
      const kind = KINDS.find(({ kind }) => kind === manifest.kind);
      expect(kind && problemsOf(kind, manifest)).toEqual([]);
    }
  });

  it('has an answer to `npm start` in five seconds, which then runs until it is told to end', {
    timeout: 60_000,
  }, async () => {
    const began = performance.now();
    let upAfter = Number.POSITIVE_INFINITY;
    const start = spawn('npm', ['start', '--silent'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const ended = once(start, 'exit');
    let said = '';
    for await (const line of createInterface(start.stdout)) {
      said += `${line}\n`;
      if (line.startsWith('Konductor ')) upAfter = performance.now() - began;
      // its last word; to the whole group, as Ctrl-C in a terminal is
      if (line.includes('Ctrl-C') && start.pid) process.kill(-start.pid, 'SIGINT');
    }
    await ended;
    for (const { kind } of KINDS) expect(said).toContain(kind);
    // where others leave it a processor
    expect(upAfter).toBeLessThan(5_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()));
    expect(existsSync(join(ROOT, '.konductor/kubeconfig'))).toBe(false);
  });

  it('names only npm commands that exist', async () => {
    const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
    const commands = [...BLOCKS.map(({ text }) => text), ...documentedPages().flatMap(inlineCodeIn)];
    const named = commands
      .flatMap((text) => [...text.matchAll(/^npm (?!install|ci)(?:run )?([\w:]+)/gm)])
      .map(([, name]) => name);
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
      ...inLanguage('yaml').flatMap(({ page, text }) => (pagesOf(import.meta.filename).includes(page) ? [text] : [])),
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
