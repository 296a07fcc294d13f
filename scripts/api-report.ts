// Writes what `@konductor/sdk` exports, as types, to docs/reference/. With --check it writes nothing and fails on a
// difference: a change of what users see is then a change that somebody has looked at.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT, writeFiles } from './files.ts';
import { LIBRARY, typesOf, writeTypes } from './library-types.ts';

const REPORTS = { index: 'sdk.api.md', testing: 'sdk-testing.api.md' } as const;

const check = process.argv.includes('--check');
const folder = mkdtempSync(join(tmpdir(), 'konductor-api-'));
const types = join(folder, 'types');
try {
  writeTypes(types);
  writeFileSync(join(folder, 'package.json'), '{ "name": "@konductor/sdk" }\n');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['zod', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  // the other entry speaks of the first by its name, as users see it, and does not repeat it
  const named = join(folder, 'node_modules/@konductor/sdk');
  mkdirSync(named, { recursive: true });
  writeFileSync(join(named, 'package.json'), '{ "name": "@konductor/sdk", "types": "index.d.ts" }\n');
  const first = join(relative(named, types), typesOf(LIBRARY.index)).replace('.d.ts', '.js');
  writeFileSync(join(named, 'index.d.ts'), `export * from '${first}';\n`);
  const testing = join(types, typesOf(LIBRARY.testing));
  writeFileSync(testing, readFileSync(testing, 'utf8').replace("'../sdk/index.js'", "'@konductor/sdk'"));
  const entries = Object.keys(REPORTS) as (keyof typeof REPORTS)[];
  const reports = new Map(entries.map((entry) => [`docs/reference/${REPORTS[entry]}`, reportOf(entry)]));
  const changed = writeFiles(reports, { check });
  for (const path of changed) console.error(`${check ? 'out of date' : 'wrote'}: ${path}`);
  if (check && changed.length > 0) {
    console.error('run `npm run generate` and commit what it writes');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

function reportOf(entry: keyof typeof REPORTS): string {
  const config = join(folder, `${entry}.json`);
  const silent = { default: { logLevel: 'none' } };
  writeFileSync(
    config,
    JSON.stringify({
      projectFolder: folder,
      mainEntryPointFilePath: join(types, typesOf(LIBRARY[entry])),
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2024',
            lib: ['es2024', 'esnext.disposable'],
            types: ['node'],
          },
        },
        skipLibCheck: true,
      },
      apiReport: {
        enabled: true,
        reportFileName: REPORTS[entry],
        reportFolder: folder,
        reportTempFolder: join(folder, 'temp'),
        // every export is for users: marking each as such says nothing
        tagsToReport: {},
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { compilerMessageReporting: silent, extractorMessageReporting: silent, tsdocMessageReporting: silent },
    }),
  );
  const { status, stdout, stderr } = spawnSync('api-extractor', ['run', '--local', '--config', config], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`api-extractor failed:\n${stdout}${stderr}`);
  return readFileSync(join(folder, REPORTS[entry]), 'utf8');
}
