import { isConflict, unlessNotFound } from '../kube/errors.ts';
import { claimKey } from './claim-ear.ts';
import { NotFoundError } from './errors.ts';
import { nextTime } from './hold-time.ts';
import { type Claim, claimsIn, type Holdable } from './holdable.ts';
import type { ClaimSelection } from './options.ts';
import { removeClaim } from './remove-claim.ts';
import { telling } from './resources.ts';
import type { Session } from './session.ts';
import { isSameTarget, targetIn, targetOf } from './target.ts';

/** Lets go of that claim, or of every claim of that holder, held or waiting, whoever made it. */
export async function releaseClaims(
  session: Session,
  type: Holdable,
  resource: string,
  selection: ClaimSelection,
): Promise<number> {
  const doing = `release ${type.word} "${resource}"`;
  const found = await claimsOf(session, type, resource, selection, doing);
  await Promise.all(
    found.map(({ metadata: { name, namespace = '', uid } }) => {
      // one that is held here is let go of here: nobody is to be told that it was lost
      const hold = session.claims.get(claimKey(type, namespace, name));
      return hold ? hold.release() : telling(doing, () => removeClaim(session, type, { name, namespace, uid }));
    }),
  );
  return found.length;
}

/** Renews what that claim, or that holder, holds. */
export async function renewClaims(
  session: Session,
  type: Holdable,
  resource: string,
  selection: ClaimSelection,
): Promise<number> {
  const doing = `renew ${type.word} "${resource}"`;
  const found = await claimsOf(session, type, resource, selection, doing);
  const held = found.filter(({ status }) => status?.phase === 'Granted');
  if (held.length === 0) {
    const who =
      selection.claim === undefined ? `"${selection.holder ?? session.holder}"` : `claim "${selection.claim}"`;
    throw new NotFoundError(`could not ${doing}: ${who} does not hold it; acquire it again`);
  }
  await Promise.all(held.map((claim) => telling(doing, () => renewClaim(session, type, claim))));
  return held.length;
}

async function renewClaim(session: Session, type: Holdable, found: Claim): Promise<void> {
  const { name, namespace = '', uid } = found.metadata;
  const claims = claimsIn(session, type, namespace);
  let claim = found;
  for (let attempt = 1; ; attempt++) {
    try {
      const { resourceVersion } = claim.metadata;
      const renewTime = nextTime(claim, session.clock.now());
      await claims.mergePatch(name, { spec: { renewTime } }, { resourceVersion });
      return;
    } catch (error) {
      if (!isConflict(error) || attempt >= ATTEMPTS) throw error;
      claim = await claims.get(name);
      if (claim.metadata.uid !== uid) throw error;
    }
  }
}

const ATTEMPTS = 5;

async function claimsOf(
  session: Session,
  type: Holdable,
  resource: string,
  { claim, holder = session.holder, namespace = session.namespace }: ClaimSelection,
  doing: string,
): Promise<readonly Claim[]> {
  const claims = claimsIn(session, type, namespace);
  const target = targetOf(resource, namespace);
  const isOnIt = (found: Claim) => isSameTarget(targetIn(found), target);
  return telling(doing, async () => {
    if (claim !== undefined) {
      const found = await claims.get(claim).catch(unlessNotFound);
      // nobody lets go by mistake of a claim on something else
      return found && isOnIt(found) ? [found] : [];
    }
    // by what it says, not by its name or labels: older clients name and label theirs otherwise
    const fieldSelector = `spec.${type.word}=${escaped(target.name)},spec.holder=${escaped(holder)}`;
    return (await claims.listAll({ fieldSelector })).items.filter(isOnIt);
  });
}

/** Commas and equals signs part the terms of a field selector. */
const escaped = (value: string): string => value.replace(/[\\,=]/g, '\\$&');
