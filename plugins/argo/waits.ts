import type { Step } from '../step.ts';

const WAITING_ACTIONS: ReadonlySet<string> = new Set(['acquire', 'wait', 'arrive-and-wait']);

/** A step that may wait and does not say how long, with the longest wait that there is here. */
export function withLongestWait(step: Step, longestWait: string | undefined): Step {
  const { timeout, whenUnavailable } = step.options;
  if (longestWait === undefined || timeout !== undefined || whenUnavailable === 'fail') return step;
  return WAITING_ACTIONS.has(step.action) ? { ...step, options: { ...step.options, timeout: longestWait } } : step;
}
