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

/** The call, given up when it takes longer than that, even if it does not listen to its signal. */
export async function within<T>(
  {
    clock,
    milliseconds,
    signal,
  }: { readonly clock: Clock; readonly milliseconds: number; readonly signal?: AbortSignal | undefined },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const child = childSignal(signal);
  const timer = clock.after(milliseconds, () => child.abort(new Error(`took longer than ${milliseconds} ms`)));
  const cutOff = new Promise<never>((_, reject) => {
    if (child.signal.aborted) reject(child.signal.reason);
    child.signal.addEventListener('abort', () => reject(child.signal.reason), { once: true });
  });
  try {
    return await Promise.race([call(child.signal), cutOff]);
  } finally {
    timer.cancel();
    child.release();
  }
}
