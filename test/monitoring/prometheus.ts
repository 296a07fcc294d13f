import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { removeIfOrphaned, spawnGuarded } from '../cluster/guard.ts';
import { freePort } from '../cluster/ports.ts';
import { until } from '../cluster/until.ts';
import type { Group } from './watched.ts';

const programOf = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

const PROMETHEUS = programOf('prometheus');
const PROMTOOL = programOf('promtool');

/** Why tests with Prometheus cannot run here, if they cannot. */
export const WITHOUT_PROMETHEUS: string | undefined =
  PROMETHEUS && PROMTOOL ? undefined : 'there is no prometheus or promtool on PATH: apt-get install prometheus';

if (WITHOUT_PROMETHEUS) console.warn(`SKIPPED: ${WITHOUT_PROMETHEUS}`);

/** What promtool says; rejects with its words when it is not content. */
export async function promtool(...args: string[]): Promise<string> {
  if (!PROMTOOL) throw new Error(WITHOUT_PROMETHEUS);
  return promisify(execFile)(PROMTOOL, args).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }) => Promise.reject(new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`)),
  );
}

/** A folder that goes with whoever made it. */
export async function ownFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'konductor-monitoring-'));
  const dismiss = removeIfOrphaned(path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      dismiss();
    },
  };
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface AlertState {
  readonly name: string;
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
}

/** A Prometheus of this test alone. */
export interface Prometheus extends AsyncDisposable {
  /** What an expression gives now. */
  query(expr: string): Promise<readonly Series[]>;
  alerts(): Promise<readonly AlertState[]>;
}

export interface Target {
  /** Of its `/metrics`. */
  readonly port: number;
  /** What Prometheus knows of the Pod. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface PrometheusOptions {
  readonly targets: readonly Target[];
  readonly honorLabels: boolean;
  readonly groups: readonly Group[];
}

export async function startPrometheus({ targets, honorLabels, groups }: PrometheusOptions): Promise<Prometheus> {
  if (!PROMETHEUS) throw new Error(WITHOUT_PROMETHEUS);
  const folder = await ownFolder();
  const port = await freePort();
  const config = {
    global: { scrape_interval: OFTEN, evaluation_interval: OFTEN },
    rule_files: ['rules.json'],
    scrape_configs: [
      {
        job_name: 'konductor-metrics',
        honor_labels: honorLabels,
        static_configs: targets.map((target) => ({ targets: [`127.0.0.1:${target.port}`], labels: target.labels })),
      },
    ],
  };
  // Prometheus reads YAML, which JSON is
  await writeFile(join(folder.path, 'prometheus.json'), JSON.stringify(config));
  await writeFile(join(folder.path, 'rules.json'), JSON.stringify({ groups }));
  const child = spawnGuarded(
    PROMETHEUS,
    [
      '--config.file=prometheus.json',
      '--storage.tsdb.path=data',
      '--log.level=error',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { cwd: folder.path, env: {}, stdio: ['ignore', 'ignore', STDERR] },
  );
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, { within: 30_000, what: 'Prometheus is ready' });

  const get = async <Data>(path: string): Promise<Data> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: Data; error?: string };
    if (answer.error) throw new Error(`${decodeURIComponent(path)}: ${answer.error}`);
    return answer.data;
  };
  return {
    async query(expr) {
      type Result = { result: { metric: Series['metric']; value: readonly [number, string] }[] };
      const { result } = await get<Result>(`query?query=${encodeURIComponent(expr)}`);
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    alerts: async () =>
      (await get<{ groups: { rules: AlertState[] }[] }>('rules?type=alert')).groups.flatMap(({ rules }) => rules),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

const OFTEN = '500ms';
const STDERR = 2;
