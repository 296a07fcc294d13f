import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/files.ts';
import { anchorsOf, withoutCode } from '../scripts/site/anchors.ts';
import { type Page, sitePages } from '../scripts/site/pages.ts';
import { renderSite } from '../scripts/site/render.ts';

const PAGES = sitePages();

const linksIn = ({ markdown }: Page): string[] =>
  [
    ...withoutCode(markdown)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, link = '']) => link);

/** What is wrong with a link; undefined: nothing. */
function troubleWith(link: string, from: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : normalize(join(dirname(from), path));
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined) return undefined;
  const page = statSync(join(ROOT, target)).isDirectory() ? join(target, 'README.md') : target;
  return anchorsOf(readFileSync(join(ROOT, page), 'utf8')).includes(anchor)
    ? undefined
    : `${link}: ${page} has no such heading`;
}

describe('links', () => {
  it.each(PAGES.filter((page) => linksIn(page).length > 0))('of $path lead somewhere', (page) => {
    expect(linksIn(page).flatMap((link) => troubleWith(link, page.path) ?? [])).toEqual([]);
  });

  it('lead to every page of the documentation, from its index or from a page that it names', () => {
    const reached = new Set(
      PAGES.flatMap((page) =>
        linksIn(page).map((link) => normalize(join(dirname(page.path), link.replace(/#.*/, '')))),
      ),
    );
    const lonely = PAGES.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !reached.has(path));
    expect(lonely).toEqual([]);
  });
});

describe('the site', () => {
  const { pages, copied } = renderSite(PAGES);

  it('has a page for each', () => {
    expect(pages.size).toBe(PAGES.length);
    expect(pages.has('index.html')).toBe(true);
  });

  it.each([...pages])('%s has a title, one heading above all, and links that work', (path, html) => {
    expect(html).toMatch(/<title>[^<]+<\/title>/);
    const broken = [...html.matchAll(/(?:href|src)="([^":]+)"/g)].flatMap(([, link = '']) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      const page = pages.get(target);
      if (page === undefined) return copied.includes(target) && existsSync(join(ROOT, target)) ? [] : [link];
      return anchor === undefined || page.includes(`id="${anchor}"`) ? [] : [link];
    });
    expect(broken).toEqual([]);
  });
});
