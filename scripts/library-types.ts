import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './files.ts';

/** What `@konductor/sdk` and `@konductor/sdk/testing` are made from. */
export const LIBRARY = { index: 'src/sdk/index.ts', testing: 'src/dev/testing.ts' } as const;

/** Types of the library's entries and of what they speak of, and nothing of what is behind them. */
export function writeTypes(folder: string): void {
  const emitted = mkdtempSync(join(tmpdir(), 'konductor-types-'));
  try {
    const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', emitted], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) throw new Error('the types of the library cannot be made: see above');
    const seen = new Set<string>();
    for (const entry of Object.values(LIBRARY)) copyReachable(entry, { emitted, folder, seen });
    // they describe the CommonJS files, which are the library; the package says otherwise of what is not marked
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

/** The file that has an entry's types, beneath the folder that `writeTypes` was given. */
export const typesOf = (source: string): string => source.replace(/\.ts$/, '.d.ts');

interface Copying {
  readonly emitted: string;
  readonly folder: string;
  readonly seen: Set<string>;
}

function copyReachable(source: string, copying: Copying): void {
  const { emitted, folder, seen } = copying;
  if (seen.has(source)) return;
  seen.add(source);
  const text = readFileSync(join(emitted, typesOf(source)), 'utf8');
  const target = join(folder, typesOf(source));
  mkdirSync(dirname(target), { recursive: true });
  // the compiler leaves our extensions as they are, and others' compilers take no `.ts`
  writeFileSync(target, text.replace(RELATIVE, "$1.js'"));
  for (const [, , path] of text.matchAll(RELATIVE)) {
    if (path) copyReachable(join(dirname(source), `${path}.ts`), copying);
  }
}

const RELATIVE = /((?:from |import\()'(\.[^']*))\.ts'/g;
