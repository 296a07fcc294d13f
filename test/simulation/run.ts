// node test/simulation/run.ts [--seeds 1000] [--from 1] [--workers 2] [--seed X --verbose]: whole operators under every trouble there is.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Outcome, simulate } from './simulate.ts';
import { inWorkers } from './workers.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    verbose: { type: 'boolean', default: false },
  },
});

/** As many lines of a run that failed as one reads. */
const LAST = 60;
const PROGRESS_EVERY = 5_000;

async function show(seed: number): Promise<void> {
  const lines: string[] = [];
  const { problems } = await simulate(seed, { onLine: (line) => lines.push(line) });
  const shown = values.verbose ? lines : lines.slice(-LAST);
  console.log([...shown, ...problems.map((problem) => `seed ${seed}: ${problem}`)].join('\n'));
}

async function runMany(from: number, count: number): Promise<number> {
  const start = performance.now();
  let [failures, writes, done, told] = [0, 0, 0, start];
  const say = () => {
    const rate = (done / (performance.now() - start)) * 1_000;
    console.log(`${done} of ${count} seeds, ${rate.toFixed(0)}/s, ${writes} writes, ${failures} failures`);
  };
  const onOutcome = (outcome: Outcome) => {
    done++;
    writes += outcome.writes;
    if (outcome.problems.length > 0) {
      failures++;
      console.log(`seed ${outcome.seed}: ${outcome.problems.join('; ')}`);
    }
    if (performance.now() - told < PROGRESS_EVERY) return;
    told = performance.now();
    say();
  };
  await inWorkers({ from, count, workers: Math.min(count, Number(values.workers)), onOutcome });
  say();
  return failures;
}

if (values.seed !== undefined) await show(Number(values.seed));
else process.exitCode = (await runMany(Number(values.from), Number(values.seeds))) > 0 ? 1 : 0;
