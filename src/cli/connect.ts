import { kubeClient } from '../kube/client.ts';
import { connect } from '../kube/connection.ts';
import { httpTransport } from '../kube/http-transport.ts';
import type { Transport } from '../kube/transport.ts';
import type { Api, CliContext, ConnectionFlags } from './context.ts';

/** To the cluster that kubectl would go to with the same flags. */
export async function connectAsKubectl(
  { onCall, ...flags }: ConnectionFlags,
  { environment, clock, random }: Pick<CliContext, 'environment' | 'clock' | 'random'>,
): Promise<Api> {
  const connection = await connect({ ...flags, environment, clock });
  const transport = httpTransport(connection, { clock });
  const kube = kubeClient(onCall ? telling(transport, onCall, clock) : transport, {
    userAgent: 'koncli',
    fieldManager: 'koncli',
    clock,
    random,
  });
  return { kube, namespace: connection.namespace, server: connection.server, close: () => transport.close() };
}

/** Tells of every call as it is answered; never of what is in it, which may be a secret. */
const telling =
  (transport: Transport, tell: (line: string) => void, clock: CliContext['clock']): Transport =>
  async (request) => {
    const sent = clock.monotonic();
    const took = () => `${Math.round(clock.monotonic() - sent)} ms`;
    try {
      const response = await transport(request);
      tell(`${request.method} ${request.path} ${response.status} ${took()}`);
      return response;
    } catch (error) {
      tell(`${request.method} ${request.path} failed after ${took()}: ${(error as Error).message}`);
      throw error;
    }
  };
