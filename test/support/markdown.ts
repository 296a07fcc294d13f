import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a fenced block of code is, which says what is done with it: CONTRIBUTING.md, "Commands and manifests in pages". */
export const LANGUAGES = ['sh', 'yaml', 'yml', 'ts', 'text'] as const;

/** A fenced block of code in a page of ours. */
export interface Block {
  readonly page: string;
  /** Where it stands, for people: `README.md:24`. */
  readonly at: string;
  /** Empty: it does not say. */
  readonly language: string;
  readonly text: string;
}

/** README, CONTRIBUTING and docs. */
export function documentedPages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.endsWith('.api.md')) // a report of types is no program
    .map((file) => join('docs', file))
    .sort();
  return ['README.md', 'CONTRIBUTING.md', ...docs];
}

/** Every block of code in them, in order. */
export const documentedBlocks = (): Block[] => documentedPages().flatMap(blocksIn);

export function blocksIn(page: string): Block[] {
  const markdown = readFileSync(join(ROOT, page), 'utf8');
  return [...markdown.matchAll(/^ *(?:```|~~~)([^\n]*)\n(.*?)^ *(?:```|~~~)$/gms)].map((match) => ({
    page,
    at: `${page}:${markdown.slice(0, match.index).split('\n').length}`,
    language: match[1]?.trim() ?? '',
    text: match[2] ?? '',
  }));
}

/** What is said between backticks in the running text and the tables of a page. */
export function inlineCodeIn(page: string): string[] {
  const prose = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^ *(```|~~~).*?^ *\1$/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|'));
}
