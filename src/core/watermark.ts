import type { ObjectMeta } from '../api/metadata.ts';
import { isNewer, newestOf } from '../api/resource-version.ts';

interface Swapped {
  readonly metadata: ObjectMeta;
  readonly status?:
    | {
        readonly watermark?: string | undefined;
        readonly intents?: readonly Noted[] | undefined;
        readonly refusals?: readonly Noted[] | undefined;
      }
    | undefined;
}

/** A claim that a swap has listed until it says itself what became of it. */
export interface Noted {
  readonly uid: string;
  readonly namespace?: string | undefined;
}

/** By which version a claim that is not there was gone, as far as that is known. */
export type GoneBy = (claim: Noted) => string | undefined;

/**
 * The newest version of a claim that this swap takes into account, or that an earlier one has. That a listed claim has
 * gone counts as well: who still sees it, and finds it in no list any more, would grant it once more.
 */
export function watermarkAfter(
  { metadata, status }: Swapped,
  claims: readonly { readonly metadata: ObjectMeta }[],
  goneBy: GoneBy = () => undefined,
): string | undefined {
  const there = new Set(claims.map(({ metadata }) => metadata.uid));
  const gone = [...(status?.intents ?? []), ...(status?.refusals ?? [])].filter(({ uid }) => !there.has(uid));
  return newestOf(
    status?.watermark !== undefined && isForeign(status.watermark, metadata) ? undefined : status?.watermark,
    [...claims.map(({ metadata }) => metadata.resourceVersion), ...gone.flatMap((claim) => goneBy(claim) ?? [])],
  );
}

/**
 * Whether no swap can have written it here: a swap comes after what it has seen, so its own version is the newer one. A
 * status may be somebody's hand's, or a backup's from another cluster, whose versions this one may not reach for years.
 */
export const isForeign = (watermark: string, { resourceVersion }: ObjectMeta): boolean =>
  !isNewer(resourceVersion, watermark);
