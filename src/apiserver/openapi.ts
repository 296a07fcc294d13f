import { createHash } from 'node:crypto';
import { pathsOf } from './openapi-paths.ts';
import { groupVersionPath, schemasOf } from './openapi-schemas.ts';
import type { ResourceType } from './resource-type.ts';

/**
 * The answer to a GET of /openapi/v3, /openapi/v3/apis/{group}/{version}, /openapi/v3/api/v1 and /openapi/v2, as
 * JSON text; undefined for any other path. Give the same array while the same kinds are served: an answer is made once.
 */
export function openapi(path: string, types: readonly ResourceType[]): string | undefined {
  const answers = cache.get(types) ?? new Map<string, string>();
  cache.set(types, answers);
  const place = path.replace(/^\/openapi\/|\/$/g, '');
  let answer = answers.get(place);
  if (answer === undefined && path.startsWith('/openapi/')) {
    answer = answerTo(place, types);
    if (answer !== undefined) answers.set(place, answer);
  }
  return answer;
}

const cache = new WeakMap<readonly ResourceType[], Map<string, string>>();

function answerTo(place: string, types: readonly ResourceType[]): string | undefined {
  if (place === 'v2') return JSON.stringify(swagger(types));
  if (place === 'v3') return JSON.stringify(index(types));
  const served = types.filter((type) => `v3/${groupVersionPath(type)}` === place);
  return served.length > 0 ? JSON.stringify(documentOf(served)) : undefined;
}

/** Clients keep a document for as long as its hash stays. */
function index(types: readonly ResourceType[]): object {
  const places = [...new Set(types.map(groupVersionPath))].sort();
  const entries = places.map((place) => {
    const hash = createHash('sha256')
      .update(openapi(`/openapi/v3/${place}`, types) ?? '')
      .digest('hex')
      .toUpperCase();
    return [place, { serverRelativeURL: `/openapi/v3/${place}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(entries) };
}

const INFO = { title: 'Kubernetes', version: 'v1.36.0' };

const documentOf = (types: readonly ResourceType[]): object => ({
  openapi: '3.0.0',
  info: INFO,
  paths: Object.assign({}, ...types.map(pathsOf)),
  components: { schemas: schemasOf(types) },
});

/** The older form: the same schemas, and no paths, since clients of today read the newer one. */
function swagger(types: readonly ResourceType[]): object {
  const definitions = JSON.stringify(schemasOf(types)).replaceAll('"#/components/schemas/', '"#/definitions/');
  return { swagger: '2.0', info: INFO, paths: {}, definitions: JSON.parse(definitions) };
}
