import { dirname, relative } from 'node:path';

/** What stands beside every page. */
const NAVIGATION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'To begin': {
    'index.html': 'Konductor',
    'docs/concepts.html': 'Concepts',
    'docs/install.html': 'Install',
    'docs/patterns.html': 'Patterns',
    'examples/index.html': 'Examples',
  },
  Resources: {
    'docs/semaphore.html': 'Semaphore',
    'docs/barrier.html': 'Barrier',
    'docs/lease.html': 'Lease',
    'docs/gate.html': 'Gate',
    'docs/reference/index.html': 'Every field',
  },
  Doors: {
    'docs/koncli.html': 'koncli',
    'docs/jobs.html': 'Jobs',
    'docs/pods.html': 'Pods',
    'docs/argo.html': 'Argo Workflows',
    'docs/tekton.html': 'Tekton',
    'docs/sdk.html': 'SDK',
  },
  'To run and to trust it': {
    'docs/operations.html': 'Operations',
    'docs/security.html': 'Security',
    'docs/performance.html': 'What it costs',
    'docs/figures.html': 'Figures',
    'docs/cases.html': 'Where a lock goes wrong',
    'docs/adr/index.html': 'Decisions',
    'docs/faq.html': 'Questions',
  },
};

export interface Shown {
  /** In the site. */
  readonly path: string;
  readonly title: string;
  readonly body: string;
  readonly isPage: (path: string) => boolean;
}

export function wholePage({ path, title, body, isPage }: Shown): string {
  const groups = Object.entries(NAVIGATION).map(([group, links]) => {
    const items = Object.entries(links).flatMap(([target, name]) => {
      if (!isPage(target)) return [];
      const here = target === path ? ' aria-current="page"' : '';
      return `<li><a href="${relative(dirname(path), target)}"${here}>${name}</a></li>`;
    });
    return `<h2>${group}</h2><ul>${items.join('')}</ul>`;
  });
  // tables are wider than phones
  const main = body
    .replaceAll('<table>', '<div class="wide" tabindex="0"><table>')
    .replaceAll('</table>', '</table></div>');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}${title === 'Konductor' ? '' : ' · Konductor'}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the text</a>
<nav aria-label="All pages">${groups.join('')}</nav>
<main id="main">
${main}</main>
</body>
</html>
`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { margin: 0 auto; max-width: 76rem; display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 2rem;
  padding: 1rem; font: 1rem/1.55 system-ui, sans-serif; }
nav { font-size: .95rem; } nav h2 { font-size: .85rem; margin: 1rem 0 .2rem; } nav ul { list-style: none; margin: 0; padding: 0; }
nav [aria-current] { font-weight: 700; }
main { min-width: 0; } img { max-width: 100%; height: auto; }
pre { overflow-x: auto; padding: .8rem; background: var(--soft); border-radius: .4rem; } code { font-size: .9em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .3rem .6rem;
  text-align: left; vertical-align: top; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: Canvas; padding: .5rem; }
@media (max-width: 48rem) { body { grid-template-columns: 1fr; } nav { order: 2; } }
`;
