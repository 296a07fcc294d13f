import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Converted, convertManifests } from './convert.ts';

/** All files as one; every document begins with its own line when there are several. */
export async function convertFiles(files: readonly string[]): Promise<Converted> {
  const converted: Converted[] = [];
  for (const file of files) {
    const given = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
    converted.push(convertManifests(given, file === '-' ? 'standard input' : file));
  }
  return {
    text: converted.map(({ text }) => text).join('---\n'),
    notices: converted.flatMap(({ notices }) => notices),
    problems: converted.flatMap(({ problems }) => problems),
  };
}
