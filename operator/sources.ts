import type { Clock } from '../src/api/clock.ts';
import type { Kind } from '../src/api/kind.ts';
import { KINDS } from '../src/api/kinds.ts';
import type { KubeClient } from '../src/kube/client.ts';
import type { DoorContext } from '../src/kube/door.ts';
import { kindCache } from '../src/kube/kind-cache.ts';
import type { Source } from './controller.ts';
import { ALL_RULES } from './controllers/all.ts';
import type { AnyObject, ObjectApi } from './writer.ts';

export interface SourcesOptions {
  readonly client: KubeClient;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** What else looks at them. */
  readonly doors: readonly unknown[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/** All kinds of ours, by name: one watch each, for whoever looks at them in this program. */
export function sourcesOf(options: SourcesOptions): ReadonlyMap<string, Source> {
  const { client, namespaces, doors, clock, random, onError } = options;
  const onOf = new Map(ALL_RULES.flatMap(({ claims }) => (claims ? [[claims.kind.kind, claims.on] as const] : [])));
  const sourceOf = (kind: Kind): Source => ({
    api: (namespace) => client.of(kind, namespace) as unknown as ObjectApi,
    cache: kindCache<AnyObject>({
      sources: (namespaces ?? [undefined]).map((namespace) => ({
        namespace,
        resource: client.of(kind, namespace) as never,
      })),
      on: onOf.get(kind.kind),
      // only doors ask by owner, whose entry takes a fifth of what a claim does
      owners: doors.length > 0 && onOf.has(kind.kind) ? ownersOf : undefined,
      ...{ clock, random, onError },
    }),
  });
  return new Map(KINDS.map((kind) => [kind.kind, sourceOf(kind)]));
}

/** What doors are given of them. */
export const cachesIn =
  (sources: ReadonlyMap<string, Source>): DoorContext['cacheOf'] =>
  ({ kind }) =>
    sources.get(kind)?.cache as never;

const ownersOf = ({ metadata }: AnyObject): readonly string[] => (metadata.ownerReferences ?? []).map(({ uid }) => uid);
