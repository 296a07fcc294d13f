import { Permit } from '../../src/api/permit.ts';
import { problemsOf } from '../../src/api/validate.ts';
import { type Benchmark, compared } from './figure.ts';

const ROUNDS = 5_000;

const permit = {
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Permit',
  metadata: { name: 'x' },
  spec: { semaphore: 'db', holder: 'me', ttl: '5m', weight: 2 },
};

/** What it costs to refuse a bad manifest before it is sent. */
export const benchmark: Benchmark = {
  load: `${ROUNDS} Permits, one after the other; the control parses the same object from JSON`,
  async *run() {
    const text = JSON.stringify(permit);
    const control = perRound(() => JSON.parse(text));
    yield compared(
      'check a creation',
      perRound(() => problemsOf(Permit, permit)),
      'µs',
      control,
    );
    yield compared(
      'check an update',
      perRound(() => problemsOf(Permit, permit, permit)),
      'µs',
      control,
    );
  },
};

function perRound(work: () => unknown): number {
  for (let round = 0; round < ROUNDS / 10; round++) work();
  const started = performance.now();
  for (let round = 0; round < ROUNDS; round++) work();
  return ((performance.now() - started) / ROUNDS) * 1_000;
}
