import type { ObjectMeta } from '../api/metadata.ts';
import { isNewer, newestOf } from '../api/resource-version.ts';

interface Swapped {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly watermark?: string | undefined } | undefined;
}

/** The newest version of a claim that this swap takes into account, or that an earlier one has. */
export const watermarkAfter = (
  { metadata, status }: Swapped,
  claims: readonly { readonly metadata: ObjectMeta }[],
): string | undefined =>
  newestOf(
    status?.watermark !== undefined && isForeign(status.watermark, metadata) ? undefined : status?.watermark,
    claims.map(({ metadata }) => metadata.resourceVersion),
  );

/**
 * Whether no swap can have written it here: a swap comes after what it has seen, so its own version is the newer one. A
 * status may be somebody's hand's, or a backup's from another cluster, whose versions this one may not reach for years.
 */
export const isForeign = (watermark: string, { resourceVersion }: ObjectMeta): boolean =>
  !isNewer(resourceVersion, watermark);
