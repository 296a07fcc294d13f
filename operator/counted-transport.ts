import type { Clock } from '../src/api/clock.ts';
import { isWatchPath, type KubeRequest, type Transport } from '../src/kube/transport.ts';
import type { OperatorMetrics } from './metrics.ts';

/** The transport, with every call counted. */
export function countedTransport(
  transport: Transport,
  metrics: Pick<OperatorMetrics, 'apiRequests' | 'apiSeconds'>,
  clock: Clock,
): Transport {
  return async (request) => {
    const { verb, resource } = labelsOf(request);
    const start = clock.monotonic();
    const count = (code: string): void => {
      metrics.apiRequests.inc({ verb, resource, code });
      metrics.apiSeconds.observe({ verb, resource }, (clock.monotonic() - start) / 1_000);
    };
    try {
      const response = await transport(request);
      count(String(response.status));
      return response;
    } catch (error) {
      count('0');
      throw error;
    }
  };
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** `/apis/<group>/<version>/namespaces/<namespace>/<plural>/<name>/<subresource>`: names are no labels. */
function labelsOf({ method, path }: KubeRequest): { readonly verb: string; readonly resource: string } {
  const parts = (path.split('?')[0] ?? '').split('/').filter(Boolean);
  const place = parts.slice(parts[0] === 'apis' ? 3 : 2);
  const [plural = '', name, subresource] = place[0] === 'namespaces' && place.length > 2 ? place.slice(2) : place;
  const reading = isWatchPath(path) ? 'watch' : name ? 'get' : 'list';
  return { verb: VERBS[method] ?? reading, resource: subresource ? `${plural}/${subresource}` : plural };
}
