import type { Client } from './client.ts';
import type { Hold } from './hold.ts';
import type { SemaphoreOptions } from './options.ts';

export type ParallelOptions = Omit<SemaphoreOptions, 'requestId' | 'detached'>;

/**
 * Runs the function for every item, each while holding a permit, and answers with the results in the items' order. It
 * never asks for more permits than there are, so others get their turn. The first failure ends it: nothing more is
 * begun, and it is thrown once what was under way is over.
 */
export async function parallelLimit<Item, Result>(
  client: Client,
  name: string,
  items: Iterable<Item>,
  run: (item: Item, permit: Hold) => Promise<Result> | Result,
  options: ParallelOptions = {},
): Promise<Result[]> {
  const all = [...items];
  const rest = all.entries();
  const results: Result[] = [];
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;

  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) {
      if (failed.signal.aborted) return;
      results[index] = await client.withSemaphore(name, { ...options, signal }, (permit) => run(item, permit));
    }
  };
  const guarded = () =>
    worker().catch((error: unknown) => {
      // the first: what follows from it is not news
      failed.abort(error);
    });

  const length = Math.min(all.length, await mostAtOnce(client, name, options));
  await Promise.all(Array.from({ length }, guarded));
  if (failed.signal.aborted) throw failed.signal.reason;
  return results;
}

async function mostAtOnce(client: Client, name: string, options: ParallelOptions): Promise<number> {
  const { permits, weight = 1, namespace } = options;
  const limit = permits ?? (await client.getSemaphore(name, { namespace })).spec.permits;
  // one, even where no claim fits: the operator then says why
  return Math.max(1, Math.floor(limit / weight));
}
