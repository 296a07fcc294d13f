import { rmSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildKoncli } from '../../scripts/build-koncli.ts';

// not in the temporary folder, of which containers have one of their own; and nobody else's, who may be running it
const FOLDER = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'konductor-bin', `${process.pid}`);
const NAMES = ['koncli', 'kondctl', 'kubectl-konductor'] as const;

/** A folder with koncli under all its names, bundled as it is published: a program that can be called from anywhere. */
export async function koncliFolder(): Promise<string> {
  const [program, bin] = [join(FOLDER, 'program'), join(FOLDER, 'bin')];
  process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
  await buildKoncli(program);
  await mkdir(bin, { recursive: true });
  for (const name of NAMES) {
    const file = join(bin, name);
    await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${join(program, 'koncli.js')}" "$@"\n`);
    await chmod(file, 0o755);
  }
  return bin;
}
