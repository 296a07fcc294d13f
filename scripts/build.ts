// Bundles the programs, each into one file, and the library with its types, into dist/.
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { buildKoncli } from './build-koncli.ts';
import { buildLibrary } from './build-library.ts';
import { ROOT } from './files.ts';

/** Before anything of ours is loaded: an old Node would fail at some later point, in words that help nobody. */
const PREAMBLE = `#!/usr/bin/env node
import { createRequire as __createRequire } from 'node:module';
// packages written as CommonJS ask for it, and a module does not have it
const require = __createRequire(import.meta.url);
const [__major, __minor] = process.versions.node.split('.').map(Number);
if (__major < 22 || (__major === 22 && __minor < 19)) {
  console.error('Konductor needs Node 22.19 or newer; this is ' + process.versions.node);
  process.exit(1);
}`;

rmSync(`${ROOT}dist`, { recursive: true, force: true });

await build({
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  absWorkingDir: ROOT,
  entryPoints: { konductor: 'src/dev/main.ts' },
  outdir: 'dist',
  minify: true,
  banner: { js: PREAMBLE },
});
chmodSync(`${ROOT}dist/konductor.js`, 0o755);
await buildKoncli(`${ROOT}dist`);

await buildLibrary(`${ROOT}dist`);
