import type { LeaseRequest } from '../api/lease-request.ts';
import type { Permit } from '../api/permit.ts';
import { queuePicture } from '../core/queue-picture.ts';
import { type Claim, type Contested, claimsIn, type Holdable } from './holdable.ts';
import type { Session } from './session.ts';
import { isSameTarget, targetIn } from './target.ts';

/** The claim's place in the queue, 1 being the next; undefined where it is in none, or may not be known. */
export async function placeInLine(
  session: Session,
  type: Holdable,
  resource: Contested,
  { metadata: { uid } }: Claim,
): Promise<number | undefined> {
  const { name, namespace = session.namespace } = resource.metadata;
  try {
    const fieldSelector = `spec.${type.word}=${name}`;
    const found = (await claimsIn(session, type, namespace).listAll({ fieldSelector })).items;
    const items = found.filter((claim) => isSameTarget(targetIn(claim), { name, namespace }));
    const now = session.clock.now();
    const { waiting } =
      resource.kind === 'Semaphore'
        ? queuePicture(resource, items as readonly Permit[], now)
        : queuePicture(resource, items as readonly LeaseRequest[], now);
    return waiting.find((claim) => claim.uid === uid)?.position;
  } catch {
    // it is only news
    return undefined;
  }
}
