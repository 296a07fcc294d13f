import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of code in a page of ours. */
export interface Block {
  /** Where it stands, for people: `README.md:24`. */
  readonly at: string;
  readonly language: string;
  readonly text: string;
}

/** Every block of code in README, CONTRIBUTING and docs, in order. */
export function documentedBlocks(): Block[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.endsWith('.api.md')) // a report of types is no program
    .map((file) => join('docs', file))
    .sort();
  return ['README.md', 'CONTRIBUTING.md', ...docs].flatMap(blocksIn);
}

function blocksIn(file: string): Block[] {
  const page = readFileSync(join(ROOT, file), 'utf8');
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map((match) => ({
    at: `${file}:${page.slice(0, match.index).split('\n').length}`,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** A part of one, shown by itself, is indented as it stands in the whole. */
export const isManifest = ({ text }: { readonly text: string }): boolean => !text.startsWith(' ');
