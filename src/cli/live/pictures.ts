import type { KubeObject } from '../../api/metadata.ts';
import type { Permit } from '../../api/permit.ts';
import type { Semaphore } from '../../api/semaphore.ts';
import { type Picture, pictureOf } from '../../core/picture.ts';
import { isForbidden, isNotFound } from '../../kube/errors.ts';
import { targetIn } from '../../sdk/target.ts';
import { claimKindOf } from '../claims.ts';
import { KIND_OF } from '../kinds.ts';
import type { Noun } from '../nouns.ts';
import type { Session } from '../session.ts';

/** One resource as people want to know it; undefined when there is none of that name. */
export async function loadPicture(
  noun: Noun,
  name: string,
  session: Session,
  { now, signal }: { readonly now: () => number; readonly signal: AbortSignal },
): Promise<Picture | undefined> {
  // the compiler cannot see that one kind stands for the other three
  const kind = KIND_OF[noun] as typeof KIND_OF.semaphore;
  const resource = await session.kube
    .of(kind, session.namespace)
    .get(name, { signal })
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  if (!resource) return undefined;
  const claims = await claimsFor(noun, resource, session, signal);
  return pictureOfAny(resource, claims, now());
}

/** Claims may come from namespaces that the resource lets in; whoever may not look there sees those beside it. */
export async function claimsFor(
  noun: Noun,
  resource: Semaphore,
  { kube, namespace }: Session,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  if (noun === 'gate') return [];
  const selection = { fieldSelector: `spec.${noun}=${resource.metadata.name}`, signal };
  const list = async (where: string | undefined) =>
    (await kube.of(claimKindOf(noun) as typeof Permit, where).listAll(selection)).items;
  const isShared = (resource.spec.allowedNamespaces?.length ?? 0) > 0;
  const found = isShared
    ? await list(undefined).catch((error: unknown) => {
        if (isForbidden(error)) return list(namespace);
        throw error;
      })
    : await list(namespace);
  return found.filter((claim) => targetIn(claim).namespace === namespace);
}

/** The kind of the claims follows from that of the resource, which the compiler cannot see. */
export const pictureOfAny = (resource: KubeObject, claims: readonly KubeObject[], now: number): Picture =>
  pictureOf(resource as Semaphore, claims as readonly Permit[], now);
