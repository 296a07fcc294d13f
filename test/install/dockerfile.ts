import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A line of a Dockerfile, with those that continue it. */
export interface Instruction {
  readonly is: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

export function readDockerfile(text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean);
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, is = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    const [, base = '', name = ''] = is === 'FROM' ? (/^(\S+)(?: AS (\S+))?$/.exec(rest) ?? []) : [];
    if (base) stages.push({ name, base, instructions: [] });
    else if (is === '') throw new Error(`not an instruction: ${line}`);
    else stages.at(-1)?.instructions.push({ is, text: rest });
  }
  return stages;
}

/** What `COPY . .` takes: an allow-list with exceptions, which is all that our .dockerignore is. */
export function ignores(path: string, rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8')): boolean {
  let ignored = false;
  for (const rule of rules.split('\n').filter((line) => line && !line.startsWith('#'))) {
    const [pattern, verdict] = rule.startsWith('!') ? [rule.slice(1), false] : [rule, true];
    const source = pattern
      .replaceAll('.', '\\.')
      .replaceAll('**/', '(.*/)?')
      .replace(/(?<!\.)\*/g, '[^/]*');
    if (new RegExp(`^${source}(/|$)`).test(path)) ignored = verdict;
  }
  return ignored;
}
