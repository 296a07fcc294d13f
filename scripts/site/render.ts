import { dirname, join, normalize, relative } from 'node:path';
import { marked } from 'marked';
import { anchorsOf, headingsOf } from './anchors.ts';
import { htmlOf, isFolder, isThere, type Page } from './pages.ts';
import { wholePage } from './template.ts';

export interface Site {
  /** By its place in the site. */
  readonly pages: ReadonlyMap<string, string>;
  /** Files that pages link to, by their place in the checkout, which they keep. */
  readonly copied: readonly string[];
}

export function renderSite(sources: readonly Page[]): Site {
  const copied = new Set<string>();
  const places = new Set(sources.map(({ path }) => htmlOf(path)));
  const isPage = (path: string): boolean => places.has(path);
  const pages = new Map(
    sources.map(({ path, markdown }) => {
      const body = withWorkingLinks(withAnchors(marked.parse(markdown, { async: false }), markdown), path, copied);
      const title = (headingsOf(markdown)[0] ?? path).replaceAll('`', '');
      return [htmlOf(path), wholePage({ path: htmlOf(path), title, body, isPage })] as const;
    }),
  );
  return { pages, copied: [...copied] };
}

/** The library gives headings no anchors. */
function withAnchors(html: string, markdown: string): string {
  const anchors = anchorsOf(markdown);
  let index = 0;
  return html.replaceAll(/<h([1-6])>/g, (_, level) => `<h${level} id="${anchors[index++]}">`);
}

/** Pages link to pages; whatever else they link to comes along. */
const withWorkingLinks = (html: string, from: string, copied: Set<string>): string =>
  html.replaceAll(/(href|src)="([^"#:]+)(#[^"]*)?"/g, (_, attribute, link, anchor = '') => {
    const target = normalize(join(dirname(from), decodeURI(link))).replace(/\/$/, '');
    return `${attribute}="${relative(dirname(htmlOf(from)), placeOf(target, copied)) || 'index.html'}${anchor}"`;
  });

function placeOf(target: string, copied: Set<string>): string {
  if (target.endsWith('.md')) return htmlOf(target);
  if (isFolder(target)) {
    if (isThere(join(target, 'README.md'))) return htmlOf(join(target, 'README.md'));
    // the examples have one page for all their folders
    return `${htmlOf(join(dirname(target), 'README.md'))}#${target.split('/').pop()}`;
  }
  copied.add(target);
  return target;
}
