// Writes what follows from the code: crds/, docs/reference/ and the chart's files. With --check it writes nothing and fails on a difference.
import { crdManifest } from '../src/api/crd.ts';
import { KINDS } from '../src/api/kinds.ts';
import { referenceIndex, referencePage } from '../src/api/reference-page.ts';
import { chartFiles } from './chart-files.ts';
import { writeFiles } from './files.ts';

const check = process.argv.includes('--check');

const files = chartFiles();
for (const kind of KINDS) {
  files.set(`crds/${kind.plural}.yaml`, crdManifest(kind));
  files.set(`docs/reference/${kind.singular}.md`, referencePage(kind));
}
files.set('docs/reference/README.md', referenceIndex(KINDS));

const changed = writeFiles(files, { check });
for (const path of changed) console.error(`${check ? 'out of date' : 'wrote'}: ${path}`);
if (check && changed.length > 0) {
  console.error('run `npm run generate` and commit what it writes');
  process.exit(1);
}
