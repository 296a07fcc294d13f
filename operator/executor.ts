import type { KubeObject } from '../src/api/metadata.ts';
import type { ClaimPatch, Decision } from '../src/core/decision.ts';
import { FINALIZER } from '../src/core/finalizer.ts';
import { inParallel } from '../src/kube/in-parallel.ts';
import { patchOf } from './patch.ts';
import type { AnyObject, Writer, Written } from './writer.ts';

/** Who writes, and who wants to know. */
export interface Hands {
  /** Writes the resource the decision is about. */
  readonly resources: Writer;
  /** Writes the claims on it. */
  readonly claims: Writer;
  /** A claim has been told. */
  readonly onTold: (patch: ClaimPatch) => void;
  readonly onSwapped: (result: Written | 'failed') => void;
  /** Nothing new is begun once it aborts; what is under way ends by itself. */
  readonly signal: AbortSignal;
}

/** `again`: something was not as it was decided on, or only the first step is done: decide anew. */
export type CarriedOut = 'done' | 'again';

/** Claims that are written at once for one resource. */
const AT_ONCE = 32;

/**
 * Carries a decision out on a resource, or on claims whose resource is missing, in the order that makes every crash
 * between two writes harmless: who loses is told before the capacity is given back, and who gets is told after it was
 * taken. It stops at the first refusal of either.
 */
export async function carryOut(
  resource: AnyObject | undefined,
  decision: Decision<object>,
  hands: Hands,
  { settled }: { readonly settled: boolean },
): Promise<CarriedOut> {
  const { resources, claims, signal } = hands;
  const tell = (patches: readonly ClaimPatch[]) =>
    inParallel(patches, AT_ONCE, async (patch) => {
      signal.throwIfAborted();
      const written = await claims.patchStatus(claimOf(patch), patch.status);
      if (written === 'written') hands.onTold(patch);
      return written;
    });

  // nothing is granted that could vanish with its resource
  if (decision.finalizer === 'add' && resource) {
    await resources.setFinalizers(resource, [...finalizersOf(resource), FINALIZER]);
    return 'again';
  }
  if (hasRefusal(await tell(decision.revoke))) return 'again';

  signal.throwIfAborted();
  if (resource && isDue(decision, settled) && (await swap(resource, decision, hands)) === 'refused') return 'again';

  const announced = await tell(decision.announce);
  if (decision.finalizer === 'remove' && resource) {
    const others = finalizersOf(resource).filter((finalizer) => finalizer !== FINALIZER);
    // the swap before it made this a newer version: read it again
    if (decision.swap && isDue(decision, settled)) return 'again';
    if ((await resources.setFinalizers(resource, others)) === 'refused') return 'again';
  }
  const collected = await inParallel(decision.collect, AT_ONCE, async (metadata) => {
    signal.throwIfAborted();
    return claims.delete({ metadata } as KubeObject);
  });
  return hasRefusal([...announced, ...collected]) ? 'again' : 'done';
}

/** Whether the decision leaves something for when the resource has come to rest. */
export const isPostponed = (decision: Decision<object>, settled: boolean): boolean =>
  decision.swap !== undefined && !isDue(decision, settled);

const isDue = ({ swap }: Decision<object>, settled: boolean): boolean => swap !== undefined && (swap.urgent || settled);

async function swap(resource: AnyObject, decision: Decision<object>, hands: Hands): Promise<Written> {
  // even one that changes nothing is made: its resourceVersion proves that nobody has decided otherwise
  const patch = patchOf(resource.status, decision.swap?.status ?? {}) ?? {};
  try {
    const written = await hands.resources.patchStatus(resource, patch);
    hands.onSwapped(written);
    return written;
  } catch (error) {
    hands.onSwapped('failed');
    throw error;
  }
}

/** A claim that is told has all that writing needs in its metadata. */
const claimOf = ({ claim }: ClaimPatch): KubeObject => ({ metadata: claim }) as KubeObject;

const finalizersOf = ({ metadata }: KubeObject): readonly string[] => metadata.finalizers ?? [];

const hasRefusal = (written: readonly Written[]): boolean => written.includes('refused');
