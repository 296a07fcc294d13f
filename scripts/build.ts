// Bundles the programs, each into one file, and the library with its types, into dist/.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { ROOT } from './files.ts';

const common = { bundle: true, platform: 'node', format: 'esm', target: 'node22', absWorkingDir: ROOT } as const;

rmSync(`${ROOT}dist`, { recursive: true, force: true });

await build({
  ...common,
  entryPoints: { koncli: 'src/cli/main.ts', konductor: 'src/dev/main.ts' },
  outdir: 'dist',
  minify: true,
  // packages written as CommonJS ask for `require`, which a module does not have
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
});
for (const program of ['koncli', 'konductor']) chmodSync(`${ROOT}dist/${program}.js`, 0o755);

await build({ ...common, entryPoints: ['src/sdk/index.ts'], outfile: 'dist/index.js', packages: 'external' });

const types = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
if (types.status !== 0) process.exit(1);
