import { createHash } from 'node:crypto';
import { GROUP } from './group.ts';

/** What makes two creations of a claim the same request. */
export interface Request {
  /** Name of the resource that is asked for. */
  readonly resource: string;
  /** Who asks, so that nobody else has it: the uid of the owner, or the holder's name where there is no owner. */
  readonly holderUid: string;
  readonly requestId: string;
}

/** The same request has the same name: making its claim again finds the first one, with its place and its token. */
export function claimNameOf({ resource, holderUid, requestId }: Request): string {
  // as JSON, so that no two requests read alike
  const digest = createHash('sha256')
    .update(JSON.stringify([resource, holderUid, requestId]))
    .digest('hex');
  const prefix = resource.slice(0, LONGEST_NAME - DIGITS - 1).replace(/[-.]+$/, '');
  return `${prefix}-${digest.slice(0, DIGITS)}`;
}

/** For `kubectl get -l` only: labels can be rewritten by anybody, so nothing is decided on them. */
export function claimLabelsOf(resource: 'semaphore' | 'lease' | 'barrier', name: string): Record<string, string> {
  if (name.length > LONGEST_LABEL) return {};
  return {
    [`${GROUP}/${resource}`]: name,
    // older clients look for this one
    ...(resource === 'semaphore' && { semaphore: name }),
  };
}

const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const DIGITS = 16;
