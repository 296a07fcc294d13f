import type { Door } from '../../src/kube/door.ts';
import { isAborted } from '../../src/kube/errors.ts';
import { stepRunner } from '../runner.ts';
import { runCustomRuns } from './customruns.ts';
import { queuePipelineRuns } from './queueing.ts';
import type { DoorParts } from './runs.ts';
import { sights } from './sights.ts';

/** Runs Tekton's custom tasks of our kinds, and starts PipelineRuns whose turn has come. */
export const tektonDoor: Door = async (context, signal) => {
  const onError = (error: unknown): void => {
    if (isAborted(error) || signal.aborted) return;
    context.log.warn({ area: 'tekton', error }, 'will be tried again after an error');
  };
  const looks = sights(context);
  const runner = stepRunner({ client: context.client, clock: context.clock, known: looks.viewOf });
  const parts: DoorParts = { context, sights: looks, runner, onError };
  try {
    await Promise.all([runCustomRuns(parts, signal), queuePipelineRuns(parts, signal)]);
  } finally {
    looks.stop();
  }
};
