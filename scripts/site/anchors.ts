/** The anchor that a heading has on GitHub, and on our site. */
export const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

/** Every anchor of a page, in order; headings of the same words are numbered. */
export function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return headingsOf(page).map((heading) => {
    const anchor = anchorOf(heading);
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

/** What stands in a fenced block is no heading. */
export const headingsOf = (page: string): string[] =>
  [...withoutCode(page).matchAll(/^#{1,6} (.+?)\s*$/gm)].map(([, heading = '']) => heading);

export const withoutCode = (page: string): string => page.replaceAll(/^```.*?^```$/gms, '');
