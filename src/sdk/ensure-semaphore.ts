import { Semaphore } from '../api/semaphore.ts';
import { ConflictError } from './errors.ts';
import { createObject } from './resources.ts';
import type { Session } from './session.ts';
import type { Target } from './target.ts';

/** Made with that limit when there is none; one that is there stays as it is. */
export async function ensureSemaphore(session: Session, { namespace, name }: Target, permits: number): Promise<void> {
  try {
    await createObject(session, Semaphore, name, { permits }, { namespace });
  } catch (error) {
    // somebody else was first, and theirs is as good
    if (!(error instanceof ConflictError)) throw error;
  }
}
