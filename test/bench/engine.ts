import { join } from 'node:path';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpTransport } from '../../src/kube/http-transport.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import {
  type OperatorProcess,
  type OperatorProcessOptions,
  startOperatorProcess,
} from '../support/operator-process.ts';

/** A real control plane with the operator in a process of its own, and a client in this one. */
export interface Engine extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  /** Where the operator looks. */
  readonly namespace: string;
  /** Where it does not: what the same writes cost without it. */
  readonly bare: string;
  operator: OperatorProcess;
  /** The same operator once more, after it was killed. */
  restart(): Promise<OperatorProcess>;
}

export async function startEngine({ doors = [] }: Pick<OperatorProcessOptions, 'doors'> = {}): Promise<Engine> {
  const cluster = await startCluster({ crds: [CRDS] });
  const kubeconfig = await cluster.kubeconfig();
  const [namespace, bare] = await Promise.all([cluster.namespace('engine'), cluster.namespace('bare')]);
  const start = () => startOperatorProcess({ kubeconfig, namespace, doors });
  const transport = httpTransport(await connect({ kubeconfig }));
  const engine: Engine = {
    cluster,
    client: kubeClient(transport),
    namespace,
    bare,
    operator: await start(),
    async restart() {
      engine.operator = await start();
      return engine.operator;
    },
    async [Symbol.asyncDispose]() {
      await engine.operator.kill('SIGKILL');
      await transport.close();
      await cluster.stop();
    },
  };
  return engine;
}

/** Calls under way at once, as many as a client has connections for. */
export const IN_FLIGHT = 32;

const CRDS = join(import.meta.dirname, '..', '..', 'crds');
