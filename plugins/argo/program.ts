import { pino, stdSerializers } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { systemClock } from '../../src/api/clock.ts';
import { aborted } from '../../src/kube/aborted.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { countedTransport } from '../../src/kube/counted-transport.ts';
import { httpTransport } from '../../src/kube/http-transport.ts';
import { argoPlugin, listen } from './server.ts';
import type { ArgoPluginSettings } from './settings.ts';
import { bearerOf, everybody } from './token.ts';

/** Answers Argo's agents until the signal aborts. */
export async function runArgoPlugin(settings: ArgoPluginSettings, signal: AbortSignal): Promise<void> {
  const { tokenFile, longestWait, kubeconfig, context } = settings;
  const log = pino({ level: settings.logLevel, serializers: { error: stdSerializers.err } });
  const connection = await connect({ ...(kubeconfig && { kubeconfig }), ...(context && { context }) });
  const transport = httpTransport(connection);
  const clock = systemClock;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const plugin = argoPlugin({
    client: kubeClient(countedTransport(transport, registry, clock), { userAgent: 'konductor-argo-plugin', clock }),
    admission: tokenFile === undefined ? everybody : bearerOf(tokenFile, clock),
    ...{ clock, random: Math.random, log, registry, longestWait },
  });
  const server = await listen(plugin.app, settings.listen);
  log.info({ server: connection.server, port: server.port }, 'started');

  await aborted(signal);
  await server.close();
  await plugin.stop();
  await transport.close();
}
