import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownFolder, promtool, WITHOUT_PROMETHEUS } from './prometheus.ts';
import { ALERTS, GROUPS } from './watched.ts';

/** Points in Prometheus' notation: `1x9` is ten times one, `0+5x9` grows by five. */
interface Case {
  readonly alert: string;
  readonly when: string;
  readonly series: Readonly<Record<string, string>>;
  /** Between two points, and between two looks; half a minute when it is not said. */
  readonly every?: string;
  /** Quiet at `at`, when there is none. */
  readonly says?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly at?: string;
}

const KINDS = ['Semaphore', 'Permit', 'Barrier', 'Arrival', 'Lease', 'LeaseRequest', 'Gate'];
const ofAll = (series: string, values: string) =>
  Object.fromEntries(KINDS.map((kind) => [series.replace('KIND', kind), values]));

const LOST = 'konductor_expirations_total{kind="Semaphore",reason="NotRenewed"}';
const CALLS = 'konductor_api_requests_total{verb="patch",resource="permits/status",code="200"}';
const FAILED = 'konductor_api_requests_total{verb="patch",resource="permits/status",code="500"}';
const SILENT = 'konductor_watch_silent_seconds{kind="KIND"}';
const BROKEN = 'konductor_errors_total{area="watch"}';
const WORK = (le: string) => `konductor_workqueue_work_seconds_bucket{kind="Lease",le="${le}"}`;

const CASES: readonly Case[] = [
  {
    alert: 'KonductorNobodyActs',
    when: 'two run and none leads',
    series: { 'konductor_leader{namespace="ci",pod="a"}': '0x20', 'konductor_leader{namespace="ci",pod="b"}': '0x20' },
    labels: { namespace: 'ci' },
    says: 'No Konductor operator acts in ci; nobody is granted anything.',
  },
  {
    alert: 'KonductorNobodyActs',
    when: 'none answers',
    series: { 'up{job="another"}': '1x20' },
    says: 'No Konductor operator acts; nobody is granted anything.',
  },
  {
    alert: 'KonductorNobodyActs',
    when: 'another installation goes on',
    series: { 'konductor_leader{namespace="ci"}': '0x20', 'konductor_leader{namespace="web"}': '1x20' },
    labels: { namespace: 'ci' },
    says: 'No Konductor operator acts in ci; nobody is granted anything.',
  },
  {
    alert: 'KonductorNobodyActs',
    when: 'one leads, and then the other',
    series: { 'konductor_leader{pod="a"}': '1x8 0x11', 'konductor_leader{pod="b"}': '0x10 1x9' },
  },
  {
    alert: 'KonductorQueueStuck',
    when: 'a resource fails again and again',
    series: { 'konductor_workqueue_failing{kind="Gate"}': '1x20' },
    labels: { kind: 'Gate' },
    says: 'A Gate waits for its turn, or fails again and again.',
  },
  {
    alert: 'KonductorQueueStuck',
    when: 'a turn does not come',
    series: { 'konductor_workqueue_oldest_seconds{kind="Lease"}': '0+30x20' },
    labels: { kind: 'Lease' },
    says: 'A Lease waits for its turn, or fails again and again.',
  },
  {
    alert: 'KonductorQueueStuck',
    when: 'one fails now and then',
    series: {
      'konductor_workqueue_failing{kind="Gate"}': '1x8 0 1x8 0 1x3',
      'konductor_workqueue_oldest_seconds{kind="Gate"}': '5x20',
    },
  },
  {
    alert: 'KonductorHoldsLost',
    when: 'three times as many as usual are lost',
    series: { [LOST]: '0+1x288 338 388' },
    every: '5m',
    at: '24h10m',
    labels: { kind: 'Semaphore', reason: 'NotRenewed' },
    says: 'Many holds of kind Semaphore ended by themselves (NotRenewed).',
  },
  {
    alert: 'KonductorHoldsLost',
    when: 'as many as always are lost',
    series: { [LOST]: '0+50x290' },
    every: '5m',
    at: '24h10m',
  },
  {
    alert: 'KonductorHoldsLost',
    when: 'their owners finished',
    series: { 'konductor_expirations_total{kind="Semaphore",reason="OwnerFinished"}': '0x288 500 1000' },
    every: '5m',
    at: '24h10m',
  },
  {
    alert: 'KonductorApiErrors',
    when: 'one call in ten fails',
    series: { [CALLS]: '0+90x40', [FAILED]: '0+10x40' },
    at: '18m',
    says: 'More than one in twenty calls to the API server fails.',
  },
  {
    alert: 'KonductorApiErrors',
    when: 'others are faster, and things are gone',
    series: {
      [CALLS]: '0+50x40',
      [FAILED.replace('500', '409')]: '0+30x40',
      [FAILED.replace('500', '404')]: '0+20x40',
      [FAILED.replace('500', '429')]: '0+2x40',
    },
    at: '18m',
  },
  {
    alert: 'KonductorWatchBroken',
    when: 'one kind is not heard of',
    series: { ...ofAll(SILENT, '10x40'), [SILENT.replace('KIND', 'Permit')]: '0+30x40' },
    at: '18m',
    labels: { kind: 'Permit' },
    says: 'Watches of kind Permit are silent or break; an operator hears late of what happens.',
  },
  {
    alert: 'KonductorWatchBroken',
    when: 'a watch dies without a word, again and again',
    series: { [SILENT.replace('KIND', 'Permit')]: `${'0 30 60 90 120 150 180 '.repeat(6)}` },
    at: '18m',
    labels: { kind: 'Permit' },
    says: 'Watches of kind Permit are silent or break; an operator hears late of what happens.',
  },
  {
    alert: 'KonductorWatchBroken',
    when: 'those of owners break all the time',
    series: { ...ofAll(SILENT, '10x40'), 'konductor_errors_total{area="owners"}': '0+4x40' },
    at: '18m',
    says: 'Watches are silent or break; an operator hears late of what happens.',
  },
  {
    alert: 'KonductorWatchBroken',
    when: 'one died once',
    series: { ...ofAll(SILENT, '10x40'), [SILENT.replace('KIND', 'Permit')]: '10x4 60 90 120 150 180 10x30' },
    at: '8m',
  },
  {
    alert: 'KonductorWatchBroken',
    when: 'the API server was away for a minute',
    series: { ...ofAll(SILENT, '10x8 30 60 90 10x30'), [BROKEN]: '0x10 40 80 80x30' },
    at: '11m',
  },
  {
    alert: 'KonductorSlow',
    when: 'a turn takes ten seconds',
    series: { [WORK('1')]: '0x60', [WORK('5')]: '0x60', [WORK('10')]: '0+5x60', [WORK('+Inf')]: '0+5x60' },
    at: '25m',
    labels: { kind: 'Lease' },
    says: 'Turns of kind Lease take seconds; grants are late.',
  },
  {
    alert: 'KonductorSlow',
    when: 'turns take a second',
    series: { [WORK('1')]: '0+5x60', [WORK('5')]: '0+5x60', [WORK('10')]: '0+5x60', [WORK('+Inf')]: '0+5x60' },
    at: '25m',
  },
];

describe.skipIf(WITHOUT_PROMETHEUS)('alerts', () => {
  it('are rules that Prometheus takes', async () => {
    await using folder = await ownFolder();
    const rules = join(folder.path, 'rules.json');
    await writeFile(rules, JSON.stringify({ groups: GROUPS }));
    expect(await promtool('check', 'rules', rules)).toContain(`${ALERTS.length} rules found`);
  });

  it('are tested one by one, at work and at rest', () => {
    const tested = (cases: readonly Case[]) => [...new Set(cases.map(({ alert }) => alert))].toSorted();
    const all = ALERTS.map(({ alert }) => alert).toSorted();
    expect(tested(CASES.filter(({ says }) => says))).toEqual(all);
    expect(tested(CASES.filter(({ says }) => !says))).toEqual(all);
  });

  it.each(CASES.map((each) => ({ ...each, title: each.says ? 'fires' : 'is quiet' })))(
    '$alert $title when $when',
    async ({ alert, series, says, labels, every = '30s', at = '9m' }) => {
      await using folder = await ownFolder();
      const rule = ALERTS.find((each) => each.alert === alert);
      const fires = says !== undefined && {
        exp_labels: { ...rule?.labels, ...labels },
        exp_annotations: { ...rule?.annotations, summary: says },
      };
      const test = {
        rule_files: ['rules.json'],
        evaluation_interval: every,
        tests: [
          {
            interval: every,
            input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
            alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: fires ? [fires] : [] }],
          },
        ],
      };
      await writeFile(join(folder.path, 'rules.json'), JSON.stringify({ groups: GROUPS }));
      await writeFile(join(folder.path, 'test.json'), JSON.stringify(test));
      await promtool('test', 'rules', join(folder.path, 'test.json'));
    },
  );
});
