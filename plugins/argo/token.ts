import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../src/api/clock.ts';

/** Whether a caller may call. */
export type Admission = (authorization: string | undefined) => Promise<boolean>;

export const everybody: Admission = () => Promise.resolve(true);

/** For a caller who shows another token, the file is read again this often at most. */
const REREAD = 1_000;

/** Whoever shows what is in the file. It may be written after we start, and anew while we run. */
export function bearerOf(file: string, clock: Clock): Admission {
  let expected: Buffer | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    try {
      const token = (await readFile(file, 'utf8')).trim();
      expected = token === '' ? undefined : digest(`Bearer ${token}`);
    } catch {
      expected = undefined;
    }
    readAt = expected ? clock.monotonic() : Number.NEGATIVE_INFINITY;
    reading = undefined;
  };

  return async (authorization = '') => {
    const given = digest(authorization);
    const isExpected = () => expected !== undefined && timingSafeEqual(given, expected);
    if (isExpected()) return true;
    // an agent's first calls come all at once: each waits for the one reading
    if (!reading && clock.monotonic() - readAt < REREAD) return false;
    reading ??= read();
    await reading;
    return isExpected();
  };
}

/** Of one length whatever was sent, so that comparing takes one time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
