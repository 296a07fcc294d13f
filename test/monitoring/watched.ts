import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const MONITORING = join(import.meta.dirname, '../../operator/monitoring');

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

export interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The groups of the alerts, as Prometheus reads them. */
export const GROUPS: readonly Group[] = parse(readFileSync(join(MONITORING, 'alerts.yaml'), 'utf8')).spec.groups;
export const ALERTS: readonly Rule[] = GROUPS.flatMap(({ rules }) => rules);

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig: { readonly defaults: { readonly unit: string; readonly thresholds?: object } };
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const DASHBOARD: Dashboard = JSON.parse(readFileSync(join(MONITORING, 'dashboard.json'), 'utf8'));

/** All that show something. */
export const PANELS = DASHBOARD.panels.filter(({ type }) => type !== 'row');
export const VARIABLES = DASHBOARD.templating.list;

/** What the dashboard asks Prometheus. */
export const QUESTIONS = PANELS.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ at: `${title}: ${legendFormat}`, expr })),
);

/** As Grafana sends it. */
export const asked = (expr: string, variables: Readonly<Record<string, string>> = {}): string =>
  expr.replaceAll(/\$(\w+)/g, (_, name: string) => variables[name] ?? ALL[name] ?? '.*');

const ALL: Readonly<Record<string, string>> = { __rate_interval: '10s' };
