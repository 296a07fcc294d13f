import type { Timer } from '../api/clock.ts';
import type { WaitingProgress, WaitOptions } from '../sdk/options.ts';
import type { CliContext } from './context.ts';
import { sayAge } from './print/age.ts';
import { harmless, shortened } from './print/table.ts';

/** Tells, on stderr, what is waited for, and why, and how long already. */
export interface Progress {
  update(progress: Pick<WaitingProgress, 'message' | 'since'>): void;
  /** Takes the live line away. */
  end(): void;
}

/** Waits, and shows how it goes. */
export async function watched<T>(
  context: Pick<CliContext, 'stderr' | 'clock' | 'signal'>,
  what: string,
  wait: (waiting: Pick<WaitOptions, 'signal' | 'onWaiting'>) => Promise<T>,
): Promise<T> {
  const progress = progressOn(context, what);
  try {
    return await wait({ signal: context.signal, onWaiting: progress.update });
  } finally {
    progress.end();
  }
}

/** Whoever reads a log wants a sign of life, and not one line a change. */
const BETWEEN_LINES = 10_000;
const EACH_SECOND = 1_000;

const CLEAR_LINE = '\r\u001b[K';

export function progressOn({ stderr, clock }: Pick<CliContext, 'stderr' | 'clock'>, what: string): Progress {
  let last: Pick<WaitingProgress, 'message' | 'since'> | undefined;
  let timer: Timer | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;

  const line = ({ message, since }: Pick<WaitingProgress, 'message' | 'since'>): string => {
    const age = ` (${sayAge(clock.now() - since.getTime())})`;
    const width = stderr.isTerminal ? (stderr.columns ?? 80) - 1 : Number.POSITIVE_INFINITY;
    return shortened(`${what}: ${harmless(message)}`, width - age.length) + age;
  };

  const show = (): void => {
    timer?.cancel();
    timer = undefined;
    if (!last) return;
    shownAt = clock.monotonic();
    if (stderr.isTerminal) stderr.write(CLEAR_LINE + line(last));
    else stderr.write(`${line(last)}\n`);
    if (stderr.isTerminal) timer = clock.after(EACH_SECOND, show);
  };

  return {
    update(progress) {
      const isNews = progress.message !== last?.message;
      last = progress;
      if (!isNews && shownAt !== Number.NEGATIVE_INFINITY) return;
      const due = stderr.isTerminal ? 0 : shownAt + BETWEEN_LINES - clock.monotonic();
      if (due <= 0) show();
      else timer ??= clock.after(due, show);
    },
    end() {
      timer?.cancel();
      if (stderr.isTerminal && last) stderr.write(CLEAR_LINE);
      last = undefined;
    },
  };
}
