// Bundles the programs, each into one file, and the library with its types, into dist/.
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { buildKoncli } from './build-koncli.ts';
import { buildLibrary } from './build-library.ts';
import { ROOT } from './files.ts';
import { PREAMBLE, REQUIRE } from './preamble.ts';

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
  banner: { js: PREAMBLE + REQUIRE },
});
chmodSync(`${ROOT}dist/konductor.js`, 0o755);
await buildKoncli(`${ROOT}dist`);

await buildLibrary(`${ROOT}dist`);
