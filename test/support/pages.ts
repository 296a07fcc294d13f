import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Block, blocksIn } from './markdown.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Who does what a page says, from top to bottom. A suite takes its pages from here, so a page listed is a page done. */
export const WALKERS: Readonly<Record<string, readonly string[]>> = {
  // on `konductor dev`
  'test/pages.real.test.ts': [
    'README.md',
    'docs/barrier.md',
    'docs/concepts.md',
    'docs/faq.md',
    'docs/gate.md',
    'docs/jobs.md',
    'docs/koncli.md',
    'docs/lease.md',
    'docs/operations.md',
    'docs/patterns.md',
    'docs/pods.md',
    'docs/security.md',
    'docs/semaphore.md',
  ],
  // on real control planes
  'test/install/page.real.test.ts': ['docs/install.md'],
  'test/argo/page.real.test.ts': ['docs/argo.md'],
  'test/tekton/page.real.test.ts': ['docs/tekton.md'],
  // its programs find the objects that it shows
  'test/docs.test.ts': ['docs/sdk.md'],
};

/** The pages of a suite, by its `import.meta.filename`. */
export function pagesOf(suite: string): readonly string[] {
  const pages = WALKERS[relative(ROOT, suite)];
  if (!pages) throw new Error(`${relative(ROOT, suite)} has no page in test/support/pages.ts`);
  return pages;
}

/** Pages that are written by a program; whether they are current, `npm run verify` knows. */
export const isGenerated = (page: string): boolean => page.startsWith('docs/reference/');

/** What is typed or applied, and what is then shown. */
export const stepsOf = (page: string): readonly Block[] =>
  blocksIn(page).filter(({ language }) => ['sh', 'yaml', 'text'].includes(language));
