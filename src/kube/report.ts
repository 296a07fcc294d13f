/** Tells what went wrong. A reporter that throws must not end the loop it reports on: there is nobody left to tell. */
export function report<Arguments extends readonly unknown[]>(
  reporter: (...what: Arguments) => void,
  ...what: Arguments
): void {
  try {
    reporter(...what);
  } catch {}
}
