import type { ClusterAccess } from './access.ts';
import { until } from './until.ts';

/** Kept once every definition of the cluster is served. kubectl gives up on one that has no status yet. */
export function established({ kubectl }: Pick<ClusterAccess, 'kubectl'>): Promise<void> {
  const wait = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'];
  const are = async () => (await kubectl(wait)).code === 0;
  return until(are, { within: 60_000, what: 'the definitions are established' });
}
