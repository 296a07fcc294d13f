import type { ReadStream } from 'node:tty';
import type { KubeObject } from '../../api/metadata.ts';
import { openScreen } from '../../cli/live/screen.ts';
import { tableFor } from '../../cli/live/top.ts';
import { type Audience, runDemo } from './demo.ts';

const overview = (objects: readonly KubeObject[], now: number): string =>
  tableFor(objects, now, { namespaces: false, longestName: Number.POSITIVE_INFINITY });

/** At a terminal it goes on until somebody quits; else it plays one round as plain text, and ends. */
export async function demo(kubeconfig: string, toldToEnd: Promise<void>): Promise<void> {
  const stop = new AbortController();
  void toldToEnd.then(() => stop.abort());
  const { signal } = stop;
  const { stdout, stdin } = process;
  if (!stdout.isTTY) {
    const audience = { tell: write, look: (picture: string) => write(`\n${indented(picture)}`) };
    return runDemo({ kubeconfig, audience, overview, rounds: 1, signal });
  }
  const screen = openScreen({ stdout: terminal(stdout) }, stdin as ReadStream, () => stdout.rows ?? 24);
  try {
    void screen.quit.then(() => stop.abort());
    await runDemo({ kubeconfig, audience: audienceAt(screen), overview, rounds: Number.POSITIVE_INFINITY, signal });
  } finally {
    screen[Symbol.dispose]();
  }
}

/** The picture above, and what has happened of late below it. */
function audienceAt(screen: { show(text: string): void }): Audience {
  const told: string[] = [];
  return {
    tell: (text) => told.push(...text.split('\n')),
    look: () => {},
    draw(picture) {
      const room = Math.max(3, (process.stdout.rows ?? 24) - picture.trimEnd().split('\n').length - 4);
      screen.show(`Konductor at work, as koncli top shows it; q quits\n\n${picture}\n${told.slice(-room).join('\n')}`);
    },
  };
}

const terminal = (stream: NodeJS.WriteStream) => ({
  write: (text: string) => void stream.write(text),
  isTerminal: true,
  colours: false,
  get columns() {
    return stream.columns;
  },
});

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');
