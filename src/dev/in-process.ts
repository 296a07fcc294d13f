import type { ApiServer } from '../apiserver/server.ts';
import { TransportError } from '../kube/errors.ts';
import { isRead, type Transport } from '../kube/transport.ts';

/** A server in this process as a transport: where a connection would break, the caller sees one break. */
export const inProcess =
  (server: ApiServer, token: string): Transport =>
  async (request) => {
    try {
      return await server.handle({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
    } catch (cause) {
      if (request.signal?.aborted) throw new TransportError('aborted', 'the call was cancelled', { cause });
      throw new TransportError('reset', 'the connection broke', { cause, mayHaveHappened: !isRead(request.method) });
    }
  };
