import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildKoncli } from '../../scripts/build-koncli.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { aSemaphore } from './claims.ts';
import { type Engine, startEngine } from './engine.ts';
import { type Benchmark, compared, type Figure } from './figure.ts';
import { median } from './statistics.ts';

const STARTS = 40;
const ACQUISITIONS = 20;

/** Of a whole acquisition, on a machine with nothing else to do. */
const LONGEST = 250;

/** What koncli costs as a process, from its start to its end, by turns with a Node that does nothing. */
export const benchmark: Benchmark = {
  load: `${STARTS} starts of each kind and ${ACQUISITIONS} acquisitions of a free semaphore, one process at a time, median`,
  async *run() {
    const folder = await mkdtemp(join(tmpdir(), 'koncli-bench-'));
    try {
      await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      await buildKoncli(folder);
      yield* starts(join(folder, 'koncli.js'));
      await using engine = await startEngine();
      yield* acquisitions(join(folder, 'koncli.js'), engine);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const node = (args: readonly string[], variables: Readonly<Record<string, string>> = {}): number => {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { PATH: process.env['PATH'], HOME: '/nowhere', ...variables },
    encoding: 'utf8',
  });
  const took = performance.now() - began;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return took;
};

function* starts(program: string): Generator<Figure> {
  const times = { bare: [], version: [], help: [] } as Record<'bare' | 'version' | 'help', number[]>;
  for (let round = -3; round < STARTS; round++) {
    const took = {
      bare: node(['-e', '0']),
      version: node([program, 'version', '--client']),
      help: node([program, 'semaphore', 'acquire', '--help']),
    };
    if (round < 0) continue;
    for (const kind of ['bare', 'version', 'help'] as const) times[kind].push(took[kind]);
  }
  const bare = median(times.bare);
  yield compared('koncli version --client, against node -e 0', median(times.version), 'ms', bare, { atMost: 1.5 });
  yield compared('a whole command line is made (--help), against node -e 0', median(times.help), 'ms', bare);
}

async function* acquisitions(program: string, engine: Engine): AsyncGenerator<Figure> {
  const { cluster, client, namespace } = engine;
  const variables = { KUBECONFIG: await cluster.kubeconfig() };
  await client.of(Semaphore, namespace).create(aSemaphore('cli', ACQUISITIONS + 3));
  const times: number[] = [];
  const bare: number[] = [];
  for (let round = -3; round < ACQUISITIONS; round++) {
    const control = node(['-e', '0']);
    const took = node([program, 'semaphore', 'acquire', 'cli', '-n', namespace], variables);
    if (round >= 0) {
      bare.push(control);
      times.push(took);
    }
  }
  const figure = compared('semaphore acquire, whole process, against node -e 0', median(times), 'ms', median(bare));
  yield { ...figure, goal: `≤ ${LONGEST} ms`, met: figure.value <= LONGEST };
}
