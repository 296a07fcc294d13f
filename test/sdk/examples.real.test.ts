import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Operator, startOperator } from '../../operator/operator.ts';
import { connect } from '../../src/kube/connection.ts';
import { type HttpTransport, httpTransport } from '../../src/kube/http-transport.ts';
import { Client } from '../../src/sdk/index.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { examplesDo } from './example-suite.ts';

const cluster = sharedCluster();
let transport: HttpTransport;
let operator: Operator;

beforeAll(async () => {
  const nothing = () => {};
  transport = httpTransport(await connect({ kubeconfig: await cluster.kubeconfig() }));
  operator = startOperator({
    transport,
    log: { debug: nothing, info: nothing, warn: nothing, error: console.error },
    identity: 'examples',
    election: undefined,
  });
  await operator.synced;
});
afterAll(async () => {
  await operator.stop();
  await transport.close();
});

examplesDo('on a real control plane', async () => {
  const namespace = await cluster.namespace('sdk');
  const kubeconfig = join(cluster.dir, `${namespace}.json`);
  const config = JSON.parse(await readFile(await cluster.kubeconfig(), 'utf8'));
  for (const { context } of config.contexts) context.namespace = namespace;
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const client = new Client({ kubeconfig, holder: 'test' });
  return {
    kubeconfig,
    client,
    async apply(yaml) {
      const { code, stderr } = await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: yaml });
      if (code !== 0) throw new Error(stderr);
    },
    leave: () => client.close(),
  };
});
