// Bundles the programs, each into one file, and the library with its types, into dist/.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { ROOT } from './files.ts';

const common = { bundle: true, platform: 'node', format: 'esm', target: 'node22', absWorkingDir: ROOT } as const;

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
  ...common,
  entryPoints: { koncli: 'src/cli/main.ts', konductor: 'src/dev/main.ts' },
  outdir: 'dist',
  minify: true,
  banner: { js: PREAMBLE },
});
for (const program of ['koncli', 'konductor']) chmodSync(`${ROOT}dist/${program}.js`, 0o755);

await build({ ...common, entryPoints: ['src/sdk/index.ts'], outfile: 'dist/index.js', packages: 'external' });

const types = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
if (types.status !== 0) process.exit(1);
