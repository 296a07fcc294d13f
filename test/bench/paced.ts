/** Many small steps and not one a write: timers are not finer than this on a busy machine. */
const TICK = 20;

/** Load at an even rate: calls as often as is due by the clock, until the answer is called. */
export function paced(perSecond: number, step: () => void): () => void {
  const started = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * perSecond);
    for (; done < due; done++) step();
  }, TICK);
  return () => clearInterval(timer);
}
