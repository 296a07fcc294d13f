import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startDev } from '../src/dev/dev.ts';
import { binaries } from './cluster/binaries.ts';
import { koncliFolder } from './support/koncli.ts';
import { type Block, documentedBlocks } from './support/markdown.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Read from top to bottom and done as they say: what is `yaml` is applied, what is `sh` is typed. */
const WALKED = [
  'README.md',
  'docs/concepts.md',
  'docs/semaphore.md',
  'docs/barrier.md',
  'docs/lease.md',
  'docs/gate.md',
  'docs/patterns.md',
  'docs/operations.md',
  'docs/koncli.md',
  'docs/pods.md',
  'docs/faq.md',
];

/** Pages with commands for which a test of their own stands, and what it says of them. */
const ELSEWHERE: Readonly<Record<string, readonly [test: string, says: string]>> = {
  'CONTRIBUTING.md': ['test/docs.test.ts', 'names only npm commands that exist'],
  'docs/argo.md': ['test/argo/agent.real.test.ts', 'koncli argo install prints'],
  'docs/install.md': ['test/install/page.real.test.ts', 'docs/install.md'],
  'docs/jobs.md': ['test/e2e/jobs-page.test.ts', 'docs/jobs.md'],
  'docs/sdk.md': ['test/docs.test.ts', 'docs/sdk.md'],
};

const BLOCKS = documentedBlocks().filter(({ language }) => language === 'sh' || language === 'yaml');
const pageOf = ({ at }: Block): string => at.replace(/:\d+$/, '');

let path: string;
beforeAll(async () => {
  const folders = [await koncliFolder(), dirname((await binaries()).kubectl), dirname(process.execPath)];
  path = [...folders, process.env.PATH].join(':');
});

describe('whoever does what a page says, on `konductor dev` with the real kubectl and koncli', () => {
  it('has every page with commands', () => {
    const pages = new Set(BLOCKS.filter(({ language }) => language === 'sh').map(pageOf));
    const known = [...WALKED, ...Object.keys(ELSEWHERE)];
    expect([...pages].filter((page) => !known.includes(page))).toEqual([]);
  });

  it.each(WALKED)('gets to the end of %s', { timeout: 120_000 }, async (page) => {
    const blocks = BLOCKS.filter((block) => pageOf(block) === page);
    const dir = await mkdtemp(join(tmpdir(), 'konductor-page-'));
    try {
      // a checkout, as far as the pages speak of it
      for (const name of ['crds', 'examples', 'operator', 'src', 'package.json', 'node_modules']) {
        await symlink(join(ROOT, name), join(dir, name));
      }
      await mkdir(join(dir, 'home'));
      const kubeconfig = join(dir, '.konductor/kubeconfig');
      await using _dev = await startDev({ kubeconfig, operatorLog: { ...SILENT, error: console.error } });
      const shell = spawn('bash', ['-euo', 'pipefail', '-c', scriptOf(page, blocks)], {
        cwd: dir,
        env: { PATH: path, HOME: join(dir, 'home'), KUBECONFIG: kubeconfig },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [[code], stdout, stderr] = await Promise.all([once(shell, 'exit'), text(shell.stdout), text(shell.stderr)]);
      expect(code, `${stdout}\n${stderr}`).toBe(0);
      // what a page says is printed, is printed: `command # → words`
      for (const [, words = ''] of blocks.flatMap((block) => [...block.text.matchAll(/# → (.*)$/gm)])) {
        expect(stdout).toContain(words);
      }
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it.each(Object.entries(ELSEWHERE))('%s is done elsewhere', (_, [test, says]) => {
    expect(readFileSync(join(ROOT, test), 'utf8')).toContain(says);
  });
});

const nothing = () => {};
const SILENT = { debug: nothing, info: nothing, warn: nothing };

/** What a page takes for granted: the reader's own programs and files, and what other people have made. */
const GIVEN: Readonly<Record<string, string>> = {
  'docs/koncli.md': 'process-data() { echo processing; }; koncli lease create db-migration',
  'docs/pods.md': 'kubectl create job nightly --image=busybox --dry-run=client -o yaml > job.yaml',
};

/** `npm start` is the stage, which stands already; test/docs.test.ts knows whether it does. */
function scriptOf(page: string, blocks: readonly Block[]): string {
  const steps = blocks
    .filter((block) => !/^npm /m.test(block.text) && !/^ /.test(block.text))
    .map((block) => {
      const lines = block.language === 'sh' ? block.text : `kubectl apply -f - <<'END'\n${block.text}END\n`;
      return `echo '== ${block.at}' >&2\n${lines}`;
    })
    .join('\n');
  return `${GIVEN[page] ?? ''}\n${steps}`;
}
