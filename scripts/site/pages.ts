import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../files.ts';

/** A page as it stands in the checkout. */
export interface Page {
  /** From the root: `docs/faq.md`. */
  readonly path: string;
  readonly markdown: string;
}

const BESIDE = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];

/** Every page that people read: those at the root, docs, examples. */
export function sitePages(): Page[] {
  const found = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(folder, file))
      .sort(),
  );
  return [...BESIDE.filter((path) => existsSync(join(ROOT, path))), ...found].map((path) => ({
    path,
    markdown: readFileSync(join(ROOT, path), 'utf8'),
  }));
}

export const isFolder = (path: string): boolean =>
  existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isDirectory();
export const isThere = (path: string): boolean => existsSync(join(ROOT, path));

/** A folder is shown by its README. */
export const htmlOf = (path: string): string =>
  path.replace(/(^|\/)README\.md$/, '$1index.md').replace(/\.md$/, '.html');
