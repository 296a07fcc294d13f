import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildLibrary } from '../../scripts/build-library.ts';
import { ROOT } from '../../scripts/files.ts';

/** A program of somebody who has installed the package. */
export interface Installed {
  readonly dir: string;
  /** Where the package lies in it. */
  readonly library: string;
  readonly tarball: string;
  /** Runs a file of that program; its output, or an error that has what it said. */
  run(name: string, text: string): Promise<string>;
  remove(): void;
}

const call = promisify(execFile);

/** Builds the library, packs it as npm does, and installs the pack beside its dependencies, without a network. */
export async function installPacked(): Promise<Installed> {
  const dir = mkdtempSync(join(tmpdir(), 'konductor-package-'));
  const staged = join(dir, 'staged');
  mkdirSync(staged);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(staged, 'package.json'), JSON.stringify(manifest));
  await buildLibrary(join(staged, 'dist'));
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'crds']) {
    cpSync(join(ROOT, file), join(staged, file), { recursive: true });
  }
  // the programs have a build of their own, and npm leaves out nothing that is missing without a word
  for (const program of Object.values(manifest.bin as Record<string, string>)) {
    writeFileSync(join(staged, program), '#!/usr/bin/env node\n');
  }
  const packing = ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir];
  const { stdout } = await call('npm', packing, { cwd: staged });
  const tarball = join(dir, stdout.trim());

  const library = join(dir, 'node_modules', manifest.name);
  mkdirSync(library, { recursive: true });
  await call('tar', ['-xzf', tarball, '-C', library, '--strip-components=1']);
  const { dependencies } = manifest as { dependencies: Record<string, string> };
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    const link = join(dir, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules', name), link);
  }

  return {
    dir,
    library,
    tarball,
    async run(name, text) {
      writeFileSync(join(dir, name), text);
      const { stdout } = await call(process.execPath, [join(dir, name)], { cwd: dir, env: { PATH: process.env.PATH } });
      return stdout;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
