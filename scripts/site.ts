// The documentation as a site of plain files: node scripts/site.ts [folder], dist/site unless said.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ROOT } from './files.ts';
import { sitePages } from './site/pages.ts';
import { renderSite } from './site/render.ts';

const folder = resolve(process.argv[2] ?? join(ROOT, 'dist/site'));
const { pages, copied } = renderSite(sitePages());
rmSync(folder, { recursive: true, force: true });
for (const [path, html] of pages) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), html);
}
for (const path of copied) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
console.log(`${pages.size} pages in ${folder}`);
