import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, it } from 'vitest';
import { startDev } from '../src/dev/dev.ts';
import { binaries } from './cluster/binaries.ts';
import { koncliFolder } from './support/koncli.ts';
import { pagesOf, stepsOf } from './support/pages.ts';
import { type Reader, walk } from './support/walk.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What a page takes for granted: the reader's own programs and files, and what other people have made. */
const GIVEN: Readonly<Record<string, string>> = {
  'docs/koncli.md': 'process-data() { echo processing; }; koncli lease create db-migration',
  'docs/pods.md': 'kubectl create job nightly --image=busybox --dry-run=client -o yaml > job.yaml',
};

/** Done elsewhere: test/docs.test.ts starts the stage, and holds what installs to docs/install.md, which is done for real. */
const ELSEWHERE = /^(npm|helm) /m;

describe('whoever does what a page says, on `konductor dev` with the real kubectl and koncli', () => {
  let path: string;
  beforeAll(async () => {
    const folders = [await koncliFolder(), dirname((await binaries()).kubectl), dirname(process.execPath)];
    path = [...folders, process.env.PATH].join(':');
  });

  async function reading(given: string, read: (reader: Reader) => Promise<void>): Promise<void> {
    const cwd = await mkdtemp(join(tmpdir(), 'konductor-page-'));
    try {
      // a checkout, as far as the pages speak of it
      for (const name of ['crds', 'examples', 'operator', 'src', 'package.json', 'node_modules']) {
        await symlink(join(ROOT, name), join(cwd, name));
      }
      await mkdir(join(cwd, 'home'));
      const kubeconfig = join(cwd, '.konductor/kubeconfig');
      await using _dev = await startDev({ kubeconfig, operatorLog: { ...SILENT, error: console.error } });
      await read({ cwd, env: { PATH: path, HOME: join(cwd, 'home'), KUBECONFIG: kubeconfig }, given });
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  }

  it.each(pagesOf(import.meta.filename))('gets to the end of %s', { timeout: 120_000 }, async (page) => {
    const steps = stepsOf(page).filter(({ text }) => !ELSEWHERE.test(text));
    await reading(GIVEN[page] ?? '', (reader) => walk(steps, reader));
  });

  it('gets rid of what a missing operator left behind, as docs/install.md says', { timeout: 60_000 }, async () => {
    const [, command = 'not found'] = /`(kubectl patch ksem NAME [^`]*)`/.exec(textOf('docs/install.md')) ?? [];
    const text = [
      'kubectl create -f - <<END',
      'apiVersion: sync.konductor.io/v1',
      'kind: Semaphore',
      'metadata: {name: left, finalizers: [example.com/gone]}',
      'spec: {permits: 1}',
      'END',
      'kubectl delete ksem left --wait=false',
      'kubectl get ksem left',
      command.replace('NAME', 'left'),
      'kubectl wait --for=delete ksem/left --timeout=10s',
    ].join('\n');
    const page = 'docs/install.md';
    await reading('', (reader) => walk([{ page, at: page, language: 'sh', text: `${text}\n` }], reader));
  });
});

const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const nothing = () => {};
const SILENT = { debug: nothing, info: nothing, warn: nothing };
