/** As long as a timer can be; it is never waited for. */
const LONG = 2 ** 31 - 1;

/**
 * Keeps the process alive until that is settled. Our clock's timers do not: between two tries nothing else is open, and
 * Node would end a program in the middle of its call, with success.
 */
export function holding<T>(promise: Promise<T>): Promise<T> {
  const hold = setInterval(() => {}, LONG);
  return promise.finally(() => clearInterval(hold));
}
