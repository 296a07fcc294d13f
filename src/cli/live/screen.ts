import type { ReadStream } from 'node:tty';
import type { CliContext } from '../context.ts';
import { shortened } from '../print/table.ts';

/** A terminal that is ours for a while, and is given back as it was. */
export interface Screen extends Disposable {
  /** Replaces everything on it. */
  show(text: string): void;
  /** Kept when somebody presses q or Ctrl-C. */
  readonly quit: Promise<void>;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_TO_END = '\u001b[J';
const CLEAR_LINE = '\u001b[K';
const CTRL_C = '\u0003';

export function openScreen({ stdout }: Pick<CliContext, 'stdout'>, input: ReadStream, rows: () => number): Screen {
  const { promise: quit, resolve } = Promise.withResolvers<void>();
  const hear = (keys: Buffer) => {
    if (/[qQ]/.test(keys.toString()) || keys.includes(CTRL_C)) resolve();
  };
  if (input.isTTY) {
    input.setRawMode(true);
    input.on('data', hear);
  }
  stdout.write(ENTER);
  return {
    quit,
    show(text) {
      const width = stdout.columns ?? 80;
      const lines = text.trimEnd().split('\n').slice(0, rows());
      stdout.write(
        `${HOME}${lines.map((line) => `${shortened(line, width)}${CLEAR_LINE}`).join('\r\n')}${CLEAR_TO_END}`,
      );
    },
    [Symbol.dispose]() {
      stdout.write(LEAVE);
      if (!input.isTTY) return;
      input.off('data', hear);
      input.setRawMode(false);
      input.pause();
    },
  };
}
