import type { OwnerReference } from '../api/metadata.ts';
import { UsageError } from './exit.ts';

/** An owner as it is typed: `batch/v1/Job/etl/6f1c…`, `v1/Pod/worker-0/12ab…`. */
export function ownerOf(text: string): OwnerReference {
  const [, apiVersion, kind, name, uid] = /^((?:[^/]+\/)?v[^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (apiVersion && kind && name && uid) return { apiVersion, kind, name, uid };
  throw new UsageError(
    `--owner must be apiVersion/Kind/name/uid, such as v1/Pod/worker-0/0f5c2d6e, not ${JSON.stringify(text)}`,
  );
}
