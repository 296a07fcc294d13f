// Everything that can be said about the code without running it; the first failure ends it.
import { spawnSync } from 'node:child_process';
import { ROOT } from './files.ts';

const STEPS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['generated files', 'node', 'scripts/generate.ts', '--check'],
  ['what the library exports', 'node', 'scripts/api-report.ts', '--check'],
  ['lint and format', 'biome', 'check'],
  ['types', 'tsc'],
  ['import directions', 'vitest', 'run', '--project', 'fast', 'test/imports.test.ts'],
];

for (const [name, command, ...args] of STEPS) {
  console.error(`verify: ${name}`);
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`verify: ${name} failed`);
    process.exit(1);
  }
}
