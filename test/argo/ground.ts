import { Registry } from 'prom-client';
import { startOperator } from '../../operator/operator.ts';
import { argoPlugin, listen, type PluginOptions } from '../../plugins/argo/server.ts';
import { everybody } from '../../plugins/argo/token.ts';
import { systemClock } from '../../src/api/clock.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { type ApiServer, createApiServer } from '../../src/apiserver/server.ts';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import type { Log } from '../../src/kube/log.ts';
import { transportTo } from '../support/operator-world.ts';

const nothing = () => {};
export const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The embedded API server with an operator, in this process. */
export interface Ground {
  readonly server: ApiServer;
  readonly user: KubeClient;
  close(): Promise<void>;
}

export async function ground({ withOperator = 'yes' }: { withOperator?: 'yes' | 'no' } = {}): Promise<Ground> {
  const server = createApiServer();
  const transport = transportTo(server);
  const operator =
    withOperator === 'yes'
      ? startOperator({ transport, log: SILENT, identity: 'operator', election: undefined })
      : undefined;
  await operator?.synced;
  return {
    server,
    user: kubeClient(transport, { userAgent: 'user' }),
    async close() {
      await operator?.stop();
      await server.close();
    },
  };
}

/** A plugin that listens, and the words of an agent to it. */
export interface PluginAt {
  readonly port: number;
  /** One `template.execute`. */
  execute(call: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** Calls as an agent does, until the step has ended. */
  finish(call: unknown): Promise<Ended>;
  stop(): Promise<void>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly body: {
    readonly node?: { readonly phase?: string; readonly message?: string; readonly outputs?: Outputs };
    readonly requeue?: string;
  };
}

interface Outputs {
  readonly result?: unknown;
  readonly parameters?: readonly { readonly name: string; readonly value: unknown }[];
}

export interface Ended {
  readonly phase: string;
  readonly message: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly calls: number;
}

export async function pluginOn(client: KubeClient, options: Partial<PluginOptions> = {}): Promise<PluginAt> {
  const plugin = argoPlugin({
    ...{ client, clock: systemClock, random: Math.random, log: SILENT, admission: everybody, registry: new Registry() },
    ...options,
  });
  const server = await listen(plugin.app, { host: '127.0.0.1', port: 0 });
  const execute: PluginAt['execute'] = async (call, headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/template.execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof call === 'string' ? call : JSON.stringify(call),
    });
    const text = await response.text();
    return { status: response.status, text, body: parsed(text) };
  };
  return {
    port: server.port,
    execute,
    async finish(call) {
      for (let calls = 1; ; calls++) {
        const { body } = await execute(call);
        const { phase, message = '', outputs } = body.node ?? {};
        if (phase) {
          const parameters = outputs?.parameters ?? [];
          const all = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
          return { phase, message, outputs: { result: outputs?.result, ...all }, calls };
        }
        // the agent waits as long as it was told to; here something changes sooner
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop() {
      await server.close();
      await plugin.stop();
    },
  };
}

function parsed(text: string): Answered['body'] {
  try {
    return JSON.parse(text) as Answered['body'];
  } catch {
    return {};
  }
}

export const WORKFLOW = { name: 'nightly', namespace: 'default', uid: '3a48bb75-0ada-4993-b8c5-5eeb635c8d98' };

/** What an agent sends for a step, byte by byte as Argo's does. */
export const aCall = (konductor: unknown, template: object = {}, workflow: object = WORKFLOW) => ({
  workflow: { metadata: workflow },
  template: { name: 'step', inputs: {}, outputs: {}, metadata: {}, plugin: { konductor }, ...template },
});

export const makeSemaphore = (client: KubeClient, name: string, permits: number, namespace = 'default') =>
  client.of(Semaphore, namespace).create({
    apiVersion: 'sync.konductor.io/v1',
    kind: 'Semaphore',
    metadata: { name },
    spec: { permits },
  });
