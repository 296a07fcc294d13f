import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { ClusterAccess } from '../cluster/access.ts';
import { binaries, helmBinary } from '../cluster/binaries.ts';
import { koncliFolder } from './koncli.ts';
import type { Block } from './markdown.ts';

/** Whoever follows a page: a shell, and what the page takes for granted. */
export interface Reader {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Typed before all else: the reader's own programs, and what other people have made. */
  readonly given?: string;
}

/** In a checkout, as an administrator of a cluster who has koncli, kubectl and Helm. */
export async function administrator(cluster: ClusterAccess): Promise<Reader> {
  const programs = [await koncliFolder(), dirname((await binaries()).kubectl), dirname(await helmBinary())];
  const PATH = [...programs, process.env.PATH].join(':');
  return {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH, HOME: cluster.dir, KUBECONFIG: await cluster.kubeconfig() },
  };
}

/** Types what is `sh`, applies what is `yaml`, and finds printed what is `text`, or said behind `# →`. */
export async function walk(blocks: readonly Block[], { cwd, env, given = '' }: Reader): Promise<void> {
  const script = [given, ...blocks.filter(({ language }) => language !== 'text').map(stepOf)].join('\n');
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], stdout, stderr] = await Promise.all([once(shell, 'exit'), text(shell.stdout), text(shell.stderr)]);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  const printed = new Map(
    stdout.split('\f').map((part) => [part.split('\n', 1)[0], part.slice(part.indexOf('\n') + 1)]),
  );
  for (const [index, block] of blocks.entries()) {
    if (block.language === 'text') {
      const { at = '' } = blocks[index - 1] ?? {};
      expect(timeless(printed.get(at) ?? ''), `what ${at} prints, as ${block.at} shows it`).toBe(timeless(block.text));
    }
    for (const [, words = ''] of block.text.matchAll(/# → (.*)$/gm))
      expect(printed.get(block.at), block.at).toContain(words);
  }
}

/** Where each begins is said on both streams: on one for us, on the other for people. */
function stepOf({ at, language, text }: Block): string {
  const lines = language === 'sh' ? text : `kubectl apply -f - >&2 <<'END'\n${text}END\n`;
  return `printf '\\f%s\\n' '${at}'; echo '== ${at}' >&2\n${lines}`;
}

/** An age is another each time, and with it the width of its column. */
const timeless = (printed: string): string =>
  printed
    .trimEnd()
    .replaceAll(/\b(\d+(ms|[dhms]))+\b/g, '<age>')
    .replaceAll(/ +$/gm, '')
    .replaceAll(/ {2,}/g, '  ');
