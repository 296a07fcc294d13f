import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');
// not in the temporary folder: containers have one of their own
const FOLDER = join(ROOT, 'node_modules', '.cache', 'konductor-bin');
const NAMES = ['koncli', 'kondctl', 'kubectl-konductor'] as const;

const PREAMBLE = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);`;

/** A folder with koncli under all its names, bundled as it is published: a program that can be called from anywhere. */
export async function koncliFolder(): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const draft = join(FOLDER, `${process.pid}.draft.mjs`);
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    absWorkingDir: ROOT,
    entryPoints: ['src/cli/main.ts'],
    outfile: draft,
    banner: { js: PREAMBLE },
    logLevel: 'error',
  });
  // whole or not at all: another suite may be running the last one
  await rename(draft, join(FOLDER, 'koncli.mjs'));
  for (const name of NAMES) {
    const file = join(FOLDER, name);
    await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${join(FOLDER, 'koncli.mjs')}" "$@"\n`);
    await chmod(file, 0o755);
  }
  return FOLDER;
}
