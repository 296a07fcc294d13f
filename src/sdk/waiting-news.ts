import { hasFewWaiting } from './contested-ear.ts';
import type { Holdable } from './holdable.ts';
import type { WaitingProgress } from './options.ts';
import { placeInLine } from './place-in-line.ts';
import type { Session } from './session.ts';
import { progressOf, type WaitingState } from './waiting.ts';

export interface NewsOptions {
  readonly session: Session;
  readonly type: Holdable;
  /** How things stand, but for the place in the queue, which has to be asked for. */
  readonly state: () => Omit<WaitingState, 'position'>;
  readonly onWaiting: ((progress: WaitingProgress) => void) | undefined;
  /** Aborts when the wait is over. */
  readonly over: AbortSignal;
  /** The listener has thrown. */
  readonly failed: (error: unknown) => void;
}

/** Tells a caller how the wait stands, each time that this is something new. */
export class WaitingNews {
  readonly #options: NewsOptions;
  #position: number | undefined;
  #said: string | undefined;
  #telling: Promise<void> | undefined;
  #hasNews = false;

  constructor(options: NewsOptions) {
    this.#options = options;
  }

  progress(): WaitingProgress {
    return progressOf({ ...this.#options.state(), position: this.#position });
  }

  /** One at a time: news that come meanwhile are told together. */
  tell(): void {
    if (!this.#options.onWaiting) return;
    this.#hasNews = true;
    this.#telling ??= this.#tellOn().finally(() => {
      this.#telling = undefined;
    });
  }

  async #tellOn(): Promise<void> {
    const { over, failed } = this.#options;
    try {
      while (this.#hasNews && !over.aborted) {
        this.#hasNews = false;
        await this.#tellNow();
      }
    } catch (error) {
      failed(error);
    }
  }

  async #tellNow(): Promise<void> {
    const { onWaiting, over } = this.#options;
    this.#position = await this.#placeInLine();
    const progress = this.progress();
    if (over.aborted || progress.message === this.#said) return;
    this.#said = progress.message;
    onWaiting?.(progress);
  }

  async #placeInLine(): Promise<number | undefined> {
    const { session, type, state } = this.#options;
    const { claim, resource, unanswered } = state();
    if (unanswered || !claim || !resource || !hasFewWaiting(resource)) return undefined;
    return placeInLine(session, type, resource, claim);
  }
}
