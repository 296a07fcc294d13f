/** So many calls, of which so many are under way at any time; the answer is in milliseconds. */
export async function timeInFlight(
  { calls, inFlight }: { readonly calls: number; readonly inFlight: number },
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const lane = async () => {
    while (next < calls) await call(next++);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  return performance.now() - started;
}
