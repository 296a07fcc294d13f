import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { helmBinary } from '../cluster/binaries.ts';

export const CHART = join(import.meta.dirname, '../../operator/chart');
export const SYSTEM = 'konductor-system';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What `helm template` prints; rejects with Helm's words when it refuses the values. */
export async function rendered(values: readonly string[] = [], release = 'konductor'): Promise<string> {
  const args = ['template', release, CHART, `--namespace=${SYSTEM}`, `--kube-version=${OLDEST}`];
  const sets = values.map((value) => (/=[[{"]/.test(value) ? `--set-json=${value}` : `--set=${value}`));
  const { stdout } = await promisify(execFile)(await helmBinary(), [...args, ...sets], { maxBuffer: 64 * 1024 ** 2 });
  return stdout;
}

export const manifestsIn = (text: string): readonly Manifest[] =>
  parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);

export async function chartWith(...values: readonly string[]): Promise<readonly Manifest[]> {
  return manifestsIn(await rendered(values));
}

/** The oldest Kubernetes that the chart takes. */
const OLDEST = '1.31.0';
