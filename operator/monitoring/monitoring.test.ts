import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { podsDoor } from '../../plugins/pods/controller.ts';
import { anchorsOf } from '../../scripts/site/anchors.ts';
import { createApiServer } from '../../src/apiserver/server.ts';
import { inProcess } from '../../src/dev/in-process.ts';
import { ALERTS, PANELS, QUESTIONS, VARIABLES } from '../../test/monitoring/watched.ts';
import { type Operator, startOperator } from '../operator.ts';

const HERE = import.meta.dirname;
const DOCS = join(HERE, '../../docs');

interface Exported {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly isHistogram: boolean;
}

let operator: Operator;
let exported: ReadonlyMap<string, Exported>;

beforeAll(async () => {
  const identities = new Map([['token', { user: 'operator', groups: ['system:masters'] }]]);
  const nothing = () => {};
  const registry = new Registry();
  operator = startOperator({
    transport: inProcess(createApiServer({ identities, authorization: 'RBAC' }), 'token'),
    log: { debug: nothing, info: nothing, warn: nothing, error: console.error },
    identity: 'monitoring',
    election: undefined,
    // a door brings what all doors export
    doors: [podsDoor],
    registry,
  });
  await operator.synced;
  await vi.waitFor(() => expect(registry.getSingleMetric('konductor_pods_waiting')).toBeDefined());
  // as the program does
  collectDefaultMetrics({ register: registry });
  const metrics = await registry.getMetricsAsJSON();
  exported = new Map(
    metrics.map(({ name, help, type }) => {
      const { labelNames = [] } = registry.getSingleMetric(name) as { labelNames?: string[] };
      // prom-client says the type as a word, and declares it as a number
      return [name, { name, help, labels: labelNames, isHistogram: String(type) === 'histogram' }];
    }),
  );
});
afterAll(() => operator.stop());

const EXPRESSIONS = [...ALERTS.map(({ alert, expr }) => ({ at: alert, expr })), ...QUESTIONS];

/** What Prometheus adds to every series of a target. */
const OF_THE_TARGET = ['namespace', 'pod', 'instance', 'job'];

/** The metric that a series belongs to: a histogram is asked for by its parts. */
function metricOf(series: string): Exported | undefined {
  const [, base = '', part] = /^(.*?)(_bucket|_sum|_count)?$/.exec(series) ?? [];
  const whole = exported.get(series);
  if (whole) return whole.isHistogram ? undefined : whole;
  const histogram = part ? exported.get(base) : undefined;
  return histogram?.isHistogram ? histogram : undefined;
}

describe('what is watched', () => {
  it.each(EXPRESSIONS)('$at asks only for what is exported: $expr', ({ expr }) => {
    const series = [...expr.matchAll(/\b(?:konductor|nodejs|process)_\w+/g)].map(([name]) => name);
    expect(series.length).toBeGreaterThan(0);
    expect(series.filter((name) => !metricOf(name))).toEqual([]);

    const known = new Set(['le', ...OF_THE_TARGET, ...series.flatMap((name) => metricOf(name)?.labels ?? [])]);
    const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(','));
    const chosen = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(/,(?=\w+[!=])/));
    const labels = [...grouped, ...chosen.map((matcher) => matcher.replace(/[!=~].*$/s, ''))].map((name) =>
      name.trim(),
    );
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
  });

  it('each alert has a page that says what to do', () => {
    const anchors = anchorsOf(readFileSync(join(DOCS, 'operations.md'), 'utf8'));
    expect(ALERTS.length).toBeGreaterThan(4);
    for (const { annotations } of ALERTS) {
      const [page, anchor] = annotations.runbook_url.split('#');
      expect(page).toBe('docs/operations.md');
      expect(anchors).toContain(anchor);
    }
  });

  it('is listed in docs/metrics.md, all of it', async () => {
    const rows = [...exported.values()]
      .filter(({ name }) => name.startsWith('konductor_'))
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map(
        ({ name, help, labels }) => `| \`${name}\` | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
      );
    const page = `${HEADER}${rows.join('\n')}\n`;
    await expect(page).toMatchFileSnapshot(join(DOCS, 'metrics.md'));
  });
});

describe('the dashboard', () => {
  it.each(PANELS)('says of "$title" what it is, in which unit, and of whom', (panel) => {
    const { type, description, datasource, targets = [], fieldConfig } = panel;
    expect(description).toMatch(/\.$/);
    expect(datasource?.uid).toMatch(/^\$\{source\}$/);
    expect(UNITS).toContain(fieldConfig.defaults.unit);
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr, legendFormat } of targets) {
      expect(legendFormat).not.toBe('');
      // a legend that names no label would say the same of several series
      const several = /^(?:60 \* )?(?:topk\(10, )?(?:sum|max) by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
      expect(several.filter((label) => !legendFormat.includes(`{{${label}}}`))).toEqual([]);
      // what is counted each minute or second says so
      expect(/^ops|^opm|^reqps/.test(fieldConfig.defaults.unit)).toBe(/^(60 \* )?sum by .*rate\(/.test(expr));
      expect(fieldConfig.defaults.unit === 'opm').toBe(expr.startsWith('60 * '));
      expect([...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name)).toContainEqual(
        expr.includes('konductor_queue_depth') ? 'namespace' : 'installation',
      );
    }
    expect(['stat', 'timeseries']).toContain(type);
  });

  it('asks with variables that it has, and has none that nobody asks with', () => {
    const used = QUESTIONS.flatMap(({ expr }) => [...expr.matchAll(/\$(?!__)(\w+)/g)].map(([, name]) => name));
    expect([...new Set(used), 'source'].toSorted()).toEqual(VARIABLES.map(({ name }) => name).toSorted());
  });

  it('lays no panel over another, nor beyond the edge', () => {
    const cells = PANELS.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)}, ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of PANELS) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    expect(new Set(PANELS.map(({ id }) => id)).size).toBe(PANELS.length);
  });
});

/** As Grafana calls them: plain, seconds, each second, each minute, requests each second, bytes, a share of one. */
const UNITS = ['none', 's', 'ops', 'opm', 'reqps', 'bytes', 'percentunit'];

const HEADER = `<!-- Generated by \`npx vitest run --project fast operator/monitoring -u\`. Do not edit. -->

# Metrics

What \`/metrics\` exports. Names that begin with \`konductor_step\` are those of the doors, with one label for each door;
\`konductor_pods\` is there with \`--pods\`. Beside them is what
[prom-client](https://github.com/siimon/prom-client#default-metrics) says of every Node process: \`process_\` and \`nodejs_\`.

| metric | labels | what it says |
| --- | --- | --- |
`;
