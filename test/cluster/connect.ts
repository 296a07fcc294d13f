import { inject } from 'vitest';
import { type ClusterAccess, openCluster } from './access.ts';
import type {} from './global-setup.ts'; // declares what is provided

/** The control plane all suites share. A suite that kills things starts its own with `startCluster`. */
export function sharedCluster(): ClusterAccess {
  shared ??= openCluster(inject('cluster'));
  return shared;
}

let shared: ClusterAccess | undefined;
