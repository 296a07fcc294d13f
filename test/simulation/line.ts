import { type Clock, wait } from '../../src/api/clock.ts';
import type { KubeBody } from '../../src/kube/transport.ts';

/** What happens to the pieces of a watch on their way. */
export interface LineTrouble {
  /** Milliseconds until the next piece arrives; those of other watches may overtake it. */
  readonly delay: () => number;
  readonly comesTwice: () => boolean;
}

interface LineOptions {
  readonly clock: Clock;
  readonly line: LineTrouble;
  /** Kept while whoever reads is not paused. */
  readonly awake: () => Promise<void>;
}

/** A watch whose pieces come late, and some of them twice. */
export function troubledLine(body: KubeBody, { clock, line, awake }: LineOptions): KubeBody {
  return {
    text: () => body.text(),
    [Symbol.asyncIterator]() {
      const pieces = body[Symbol.asyncIterator]();
      let again: IteratorResult<string> | undefined;
      return {
        async next() {
          if (again) {
            const piece = again;
            again = undefined;
            return piece;
          }
          const piece = await pieces.next();
          const delay = line.delay();
          if (delay > 0 && !piece.done) await wait(clock, delay);
          await awake().catch(async (error) => {
            // who is told that a line is broken does not hang up any more
            await pieces.return?.();
            throw error;
          });
          if (!piece.done && line.comesTwice()) again = piece;
          return piece;
        },
        // at once, and not after a piece that may never come
        return: async () => (await pieces.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}
