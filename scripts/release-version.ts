// Fails unless package.json and the chart carry the version of the tag that is being released: node scripts/release-version.ts v1.2.3
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import manifest from '../package.json' with { type: 'json' };
import { ROOT } from './files.ts';

const [tag = ''] = process.argv.slice(2);
const chart = parse(readFileSync(`${ROOT}operator/chart/Chart.yaml`, 'utf8')) as Record<string, string>;
const versions = {
  'package.json version': manifest.version,
  'Chart.yaml version': chart['version'],
  'Chart.yaml appVersion': chart['appVersion'],
};
const wrong = Object.entries(versions).filter(([, version]) => `v${version}` !== tag);
for (const [where, version] of wrong)
  console.error(`${where} is ${version}, and the tag is ${tag}: make them the same`);
process.exit(wrong.length > 0 ? 1 : 0);
