import type { Clock } from '../api/clock.ts';

/** A signal that ends with its parent, or earlier; `release` leaves nothing behind on the parent. */
export interface ChildSignal {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  release(): void;
}

export function childSignal(parent?: AbortSignal): ChildSignal {
  const controller = new AbortController();
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent?.removeEventListener('abort', follow),
  };
}

/** The call, cut off when it takes longer than that. */
export async function within<T>(
  { clock, milliseconds, signal }: { readonly clock: Clock; readonly milliseconds: number; readonly signal?: AbortSignal | undefined },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const child = childSignal(signal);
  const timer = clock.after(milliseconds, () => child.abort(new Error(`took longer than ${milliseconds} ms`)));
  try {
    return await call(child.signal);
  } finally {
    timer.cancel();
    child.release();
  }
}
