import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Writes the files that differ; with `check`, only names them. */
export function writeFiles(files: ReadonlyMap<string, string>, { check }: { check: boolean }): string[] {
  const changed = [...files].filter(([path, text]) => read(path) !== text);
  for (const [path, text] of check ? [] : changed) {
    mkdirSync(dirname(ROOT + path), { recursive: true });
    writeFileSync(ROOT + path, text);
  }
  return changed.map(([path]) => path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(ROOT + path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
