import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until the answer is yes: for things that announce nothing, such as a server getting ready. */
export async function until(
  probe: () => Promise<boolean> | boolean,
  { within, what, signal }: Patience,
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await probe())) {
    if (performance.now() > deadline) throw new Error(`${what}: still not so after ${within / 1000} s`);
    await pause(INTERVAL_MS, undefined, { signal });
  }
}

export interface Patience {
  readonly within: number;
  /** What is waited for, as the error shall say it. */
  readonly what: string;
  readonly signal?: AbortSignal;
}

const INTERVAL_MS = 30;
