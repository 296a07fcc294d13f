import { Counter, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../api/clock.ts';
import { isWatchPath, type KubeRequest, type Transport } from './transport.ts';

/** What every program exports of its calls. */
export const API_METRICS = {
  requests: 'konductor_api_requests_total',
  seconds: 'konductor_api_request_seconds',
} as const;

const MILLISECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The transport, with every call counted. */
export function countedTransport(transport: Transport, registry: Registry, clock: Clock): Transport {
  const requests = new Counter({
    name: API_METRICS.requests,
    help: 'Calls to the API server; code 0 is no answer.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: API_METRICS.seconds,
    help: 'How long the API server took.',
    labelNames: ['verb', 'resource'],
    buckets: MILLISECONDS,
    registers: [registry],
  });
  return async (request) => {
    const { verb, resource } = labelsOf(request);
    const start = clock.monotonic();
    const count = (code: string): void => {
      requests.inc({ verb, resource, code });
      seconds.observe({ verb, resource }, (clock.monotonic() - start) / 1_000);
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
