import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pino, stdSerializers } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { aborted } from '../src/kube/aborted.ts';
import { connect } from '../src/kube/connection.ts';
import type { Door } from '../src/kube/door.ts';
import { httpTransport } from '../src/kube/http-transport.ts';
import { serveHealth } from './health.ts';
import { startOperator } from './operator.ts';
import type { Settings } from './settings.ts';

/** Owners and the subjects of gates have a watch each: more than the calls of any other program. */
const WATCHES = 20_000;

/** Runs an operator, and the doors beside it, until the signal aborts. */
export async function runOperator(settings: Settings, doors: readonly Door[], signal: AbortSignal): Promise<void> {
  const { namespaces, leaderElect, electionName, kubeconfig, context } = settings;
  // the name survives in a restarted container; who leads must not
  const identity = `${hostname()}-${randomBytes(4).toString('hex')}`;
  const log = pino({ level: settings.logLevel, base: { identity }, serializers: { error: stdSerializers.err } });
  const connection = await connect({ ...(kubeconfig && { kubeconfig }), ...(context && { context }) });
  const transport = httpTransport(connection, { limits: { watches: WATCHES } });
  const namespace = settings.electionNamespace ?? connection.namespace;
  const operator = startOperator({
    transport,
    log,
    identity,
    namespaces,
    election: leaderElect ? { namespace, name: electionName } : undefined,
    doors,
  });
  // memory, processor, event loop: of the whole process, so not the operator's to count
  collectDefaultMetrics({ register: operator.registry });
  const health = await serveHealth(operator, settings.listen);
  log.info({ server: connection.server, namespaces, port: health.port, doors: settings.doors }, 'started');

  await aborted(signal);
  await operator.stop();
  await health.close();
  await transport.close();
}
