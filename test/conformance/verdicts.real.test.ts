import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterAccess } from '../cluster/access.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { judge } from './judge.ts';
import { VERDICTS } from './verdicts.ts';

describe('what a real API server says of a manifest', () => {
  let cluster: ClusterAccess;
  let namespace: string;

  beforeAll(async () => {
    cluster = sharedCluster();
    namespace = await cluster.namespace('verdicts');
  });

  // the same table as the client's, in verdicts.test.ts: the two must agree on every row
  it.each(VERDICTS)('$name', async (verdict) => {
    const refusal = await judge(cluster.request, namespace, verdict);
    if (verdict.refused === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(verdict.refused);
  });
});
