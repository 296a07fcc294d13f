import { isNotFound } from '../kube/errors.ts';
import { MARK } from './claim.ts';
import type { Ear, FeedOptions } from './feed.ts';
import { type Claim, claimsIn, type Holdable } from './holdable.ts';
import type { Session } from './session.ts';

/**
 * Tells what becomes of a claim from the version given. A lone one is watched by its name, which costs the server
 * least; as soon as there are several, one watch hears of every claim that this client made in the namespace.
 */
export function listenToClaim(session: Session, type: Holdable, claim: Claim, ear: Ear<Claim>): () => void {
  const { name, namespace = session.namespace, uid, labels, resourceVersion: from } = claim.metadata;
  const resource = claimsIn(session, type, namespace);
  const { feeds } = session;
  const alone: FeedOptions<Claim> = { resource, namespace, fieldSelector: `metadata.name=${name}`, from };
  const all: FeedOptions<Claim> = { resource, namespace, labelSelector: `${MARK}=${session.mark}`, from };

  let stop = () => {};
  let isListening = true;
  const seen = (object: Claim): void => (object.metadata.uid === uid ? ear.seen(object) : ear.gone());
  const listenAlone = (options: FeedOptions<Claim>): void => {
    stop = feeds.listen(options, name, { seen, gone: ear.gone, deaf: ear.deaf });
  };

  /** Out of the common watch: deleted, or somebody has rewritten its labels. */
  const look = async (): Promise<void> => {
    stop();
    try {
      const object = await resource.get(name);
      if (!isListening) return;
      listenAlone({ ...alone, from: object.metadata.resourceVersion });
      seen(object);
    } catch (error) {
      if (isListening) isNotFound(error) ? ear.gone() : listenAlone(alone);
    }
  };

  const isMine = labels?.[MARK] === session.mark;
  const several = feeds.has(all) || (!feeds.has(alone) && crowdOf(session, type, namespace) > 1);
  if (isMine && several) stop = feeds.listen(all, name, { seen, gone: () => void look(), deaf: ear.deaf });
  else listenAlone(alone);
  return () => {
    isListening = false;
    stop();
  };
}

/** Under which a claim is known to its client. */
export const claimKey = ({ kind }: Holdable, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

function crowdOf({ claims }: Session, type: Holdable, namespace: string): number {
  const prefix = claimKey(type, namespace, '');
  let count = 0;
  for (const key of claims.keys()) if (key.startsWith(prefix)) count++;
  return count;
}
