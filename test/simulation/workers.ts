import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Outcome, simulate } from './simulate.ts';

export interface Seeds {
  readonly from: number;
  readonly count: number;
  readonly workers: number;
  readonly onOutcome?: (outcome: Outcome) => void;
}

interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Runs many seeds, dealt out to threads; outcomes in the order of their seeds. */
export async function inWorkers({ from, count, workers, onOutcome }: Seeds): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const one = (first: number) =>
    new Promise<void>((resolve, reject) => {
      const share: Share = { from: first, to: from + count, step: workers };
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      worker.on('message', (outcome: Outcome) => {
        outcomes.push(outcome);
        onOutcome?.(outcome);
      });
      worker.on('error', reject);
      worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
    });
  await Promise.all(Array.from({ length: workers }, (_, index) => one(from + index)));
  return outcomes.toSorted((a, b) => a.seed - b.seed);
}

async function work({ from, to, step }: Share): Promise<void> {
  for (let seed = from; seed < to; seed += step) parentPort?.postMessage(await simulate(seed));
}

// the same file is the thread: vitest has threads of its own, with other data
if (!isMainThread && isShare(workerData)) await work(workerData);

function isShare(data: unknown): data is Share {
  return typeof data === 'object' && data !== null && 'step' in data && 'from' in data;
}
