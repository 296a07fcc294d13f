import { expect } from 'vitest';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { type Figure, tableOf } from '../bench/figure.ts';
import { median } from '../bench/statistics.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { until } from '../cluster/until.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { etcdHistory, etcdRevision } from './etcd-history.ts';
import { ledgerOf } from './ledger.ts';
import { type Load, startLoad } from './load.ts';
import { API } from './worker.ts';

/** What a fault is done to: a load on a namespace of its own. */
export interface Trial {
  readonly load: Load;
  /** Marks the moment of a fault: how long it is until the next grant is a figure. */
  fault(): void;
}

export interface TrialOptions {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  /** As the figures are to be headed. */
  readonly name: string;
  readonly seed: number;
  /** Most milliseconds from a fault to the next grant. */
  readonly stall: number;
}

/**
 * Does something terrible under load, then reads from the database what has happened: nothing may be over-granted at any
 * moment, nobody may be lost, no hold may end early, and tokens grow.
 */
export async function trial(options: TrialOptions, terrible: (trial: Trial) => Promise<void>): Promise<void> {
  const { cluster, namespace, name, seed, stall } = options;
  const from = await etcdRevision(cluster);
  const load = await startLoad(cluster, namespace, seed);
  const faults: number[] = [];
  const began = performance.now();
  await terrible({ load, fault: () => void faults.push(Date.now()) });
  await load.stop();
  const seconds = (performance.now() - began) / 1_000;
  await drained(cluster, namespace);

  const ledger = ledgerOf(await etcdHistory(cluster, namespace, from));
  const stalls = faults.map((at) => (ledger.grants.find((grant) => grant > at) ?? Number.POSITIVE_INFINITY) - at);
  const figures: Figure[] = [
    { name: 'faults', value: faults.length, unit: '' },
    { name: 'under load', value: seconds, unit: 's' },
    { name: 'claims', value: load.claims(), unit: '' },
    { name: 'grants', value: ledger.grants.length, unit: '' },
    { name: 'swaps', value: ledger.swaps, unit: '' },
    { name: 'denied when their time was over', value: ledger.denied, unit: '' },
    { name: 'expired', value: ledger.expired, unit: '' },
    ...(stalls.length > 0
      ? [
          { name: 'from fault to next grant, median', value: median(stalls), unit: 'ms' },
          within('from fault to next grant, longest', Math.max(...stalls), stall),
        ]
      : []),
    none('promises broken', ledger.broken.length),
    none('claims without an end', ledger.open.length),
  ];
  process.stderr.write(`\n${name}\n${tableOf(figures)}\n`);
  expect(ledger.broken.slice(0, 10)).toEqual([]);
  expect(ledger.open).toEqual([]);
  expect(Math.max(0, ...stalls)).toBeLessThanOrEqual(stall);
  expect(ledger.grants.length).toBeGreaterThan(0);
}

const none = (name: string, value: number): Figure => ({ name, value, unit: '', goal: '0', met: value === 0 });
const within = (name: string, value: number, most: number): Figure => ({
  ...{ name, value, unit: 'ms', goal: `≤ ${most} ms` },
  met: value <= most,
});

/** Everybody has let go: so must the semaphores say. */
async function drained({ request }: ClusterAccess, namespace: string): Promise<void> {
  const isEmpty = async () => {
    const path = `/apis/${API}/namespaces/${namespace}/semaphores`;
    const { body } = await request<{ readonly items: readonly Semaphore[] }>('GET', path);
    return body.items.every(({ status }) => status?.inUse === 0 && status.waiting === 0 && !status.intents?.length);
  };
  await until(isEmpty, { within: 15_000, what: 'every semaphore is free' });
}

/** Nothing that the operator complains of may be a bug of its own. */
export function expectNoBugs({ complaints }: OperatorProcess): void {
  expect(complaints.filter((line) => /TypeError|ReferenceError|RangeError|ListenerError/.test(line))).toEqual([]);
}
