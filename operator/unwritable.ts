import type { Clock } from '../src/api/clock.ts';
import { KubeError } from '../src/kube/errors.ts';
import type { Writer } from './writer.ts';

/** Claims that the server refuses to have written, as by somebody's admission policy, and until when it is not asked again. */
export interface UnwritableClaims {
  /** The same writer; what is refused by it is remembered. */
  noting(writer: Writer): Writer;
  /** Undefined when nothing speaks against writing it. Monotonic. */
  until(uid: string): number | undefined;
  forget(uid: string): void;
}

/** How long until one is tried again. */
export const TRY_AGAIN_AFTER = 30_000;

export function unwritableClaims(clock: Pick<Clock, 'monotonic'>): UnwritableClaims {
  const refused = new Map<string, number>();
  return {
    noting: (writer) => ({
      ...writer,
      async patchStatus(object, status) {
        try {
          const written = await writer.patchStatus(object, status);
          refused.delete(object.metadata.uid);
          return written;
        } catch (error) {
          if (isForGood(error)) refused.set(object.metadata.uid, clock.monotonic() + TRY_AGAIN_AFTER);
          throw error;
        }
      },
    }),
    until(uid) {
      const time = refused.get(uid);
      return time !== undefined && time > clock.monotonic() ? time : undefined;
    },
    forget: (uid) => void refused.delete(uid),
  };
}

/** The server is well, and does not want this, or asks somebody who does not answer: trying again at once is of no use. */
const isForGood = (error: unknown): boolean =>
  error instanceof KubeError && (FOR_GOOD.has(error.code) || error.message.includes(WEBHOOK_IS_AWAY));
const FOR_GOOD: ReadonlySet<number> = new Set([400, 403, 422]);
/** An admission webhook that fails closed answers 500, which otherwise says that the server itself is in trouble. */
const WEBHOOK_IS_AWAY = 'failed calling webhook';
