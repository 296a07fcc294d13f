import { API_VERSION } from '../../src/api/group.ts';
import type { NewObjectOf } from '../../src/api/kind.ts';
import type { Permit } from '../../src/api/permit.ts';

export const NAMESPACE = 'default';
export const PERMITS = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/permits`;

/** A claim as a worker makes it. */
export const newPermit = (name: string): NewObjectOf<typeof Permit> => ({
  apiVersion: API_VERSION,
  kind: 'Permit',
  metadata: { name },
  spec: { semaphore: 'db', holder: 'worker-1', ttl: '5m' },
});
