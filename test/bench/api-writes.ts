import type { ClusterAccess } from '../cluster/access.ts';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);

export interface Writes {
  /** To objects of our group, by whomever. */
  readonly ours: number;
  /** Events for people: few, and nothing waits for them. */
  readonly events: number;
  /** To Pods, by whomever. */
  readonly pods: number;
}

/** Writes that the API server has served so far, by its own count. */
export async function apiWrites({ request }: Pick<ClusterAccess, 'request'>): Promise<Writes> {
  const { body } = await request<string>('GET', '/metrics');
  const counted = body
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{'))
    .map((line) => ({ labels: labelsOf(line), value: Number(line.slice(line.lastIndexOf(' ') + 1)) }))
    .filter(({ labels }) => WRITES.has(labels['verb'] ?? ''));
  const sum = (isCounted: (labels: Labels) => boolean) =>
    counted.reduce((total, { labels, value }) => total + (isCounted(labels) ? value : 0), 0);
  return {
    ours: sum(({ group }) => group === 'sync.konductor.io'),
    events: sum(({ resource }) => resource === 'events'),
    pods: sum(({ resource }) => resource === 'pods'),
  };
}

type Labels = Readonly<Record<string, string>>;

const labelsOf = (line: string): Labels =>
  Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
