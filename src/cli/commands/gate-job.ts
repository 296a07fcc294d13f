import { type Command, Option } from 'commander';
import type { PodAnnotation } from '../../api/gated-pod.ts';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../exit.ts';
import { listed, wholeNumber } from '../values.ts';

interface Options {
  readonly filename: string;
  readonly semaphore?: readonly string[];
  readonly lease?: readonly string[];
  readonly gate?: readonly string[];
  readonly barrier?: readonly string[];
  readonly weight?: number;
  readonly priority?: number;
  readonly ttl?: string;
  readonly timeout?: string;
  readonly onTimeout?: string;
  readonly releaseOn?: string;
}

export function registerGateJob(program: Command, context: CliContext): void {
  addCommand<Options>(program, context, {
    usage: 'gate-job',
    summary: 'print a manifest whose Pods wait unscheduled for their turn',
    examples: [
      `${context.name} gate-job -f job.yaml --semaphore db | kubectl apply -f -`,
      `${context.name} gate-job -f rollout.yaml --semaphore starts --release-on Ready`,
    ],
    async run({ options: { filename, ...options } }) {
      const needs = needsOf(options);
      if (!options.semaphore && !options.lease && !options.gate && !options.barrier) {
        throw new UsageError('say what its Pods wait for: --semaphore, --lease, --gate or --barrier');
      }
      const { checkDurations } = await import('../durations.ts');
      checkDurations({ '--ttl': options.ttl, '--timeout': options.timeout });
      const { gateFile } = await import('../gate-job.ts');
      context.stdout.write(await gateFile(filename, needs));
    },
  })
    .requiredOption('-f, --filename <file>', 'the manifest of a Job, CronJob, Deployment or Pod; "-" is standard input')
    .option('--semaphore <names>', 'take a permit of each', listed)
    .option('--lease <names>', 'hold each', listed)
    .option('--gate <names>', 'wait until each is open', listed)
    .option('--barrier <names>', 'arrive at each, and wait until it is open', listed)
    .option('--weight <n>', 'how many permits a Pod takes', wholeNumber)
    .option('--priority <n>', 'higher goes first', wholeNumber)
    .option('--ttl <duration>', 'how long a hold lives when its Pod cannot be seen')
    .option('--timeout <duration>', 'how long a Pod waits')
    .addOption(new Option('--on-timeout <what>', 'what becomes of it then').choices(['keep', 'delete']))
    .addOption(new Option('--release-on <when>', 'when it lets go').choices(['Finished', 'Ready']));
}

const needsOf = (options: Omit<Options, 'filename'>): Partial<Record<PodAnnotation, string>> =>
  Object.fromEntries(
    Object.entries(options).map(([flag, value]) => [
      flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      Array.isArray(value) ? value.join(',') : String(value),
    ]),
  );
