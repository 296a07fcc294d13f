import { systemClock } from '../../src/api/clock.ts';
import { Permit } from '../../src/api/permit.ts';
import { ObjectCache } from '../../src/kube/cache.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpTransport } from '../../src/kube/http-transport.ts';
import { type Change, keepWatching } from '../../src/kube/watch.ts';
import { NAMESPACE } from './permits.ts';
import type { Place } from './server-process.ts';

/** A cache of Permits and the watch that feeds it, as an operator has them. */
export interface Watching {
  readonly cache: ObjectCache<Permit, 'semaphore'>;
  /** What went wrong on the way; the watch went on. */
  readonly errors: readonly unknown[];
  stop(): Promise<void>;
}

/** All resources of one process share its connections. */
export async function lineTo({ url, ca }: Place) {
  const transport = httpTransport(await connect({ server: url, ...(ca !== undefined && { ca }) }));
  return { permits: kubeClient(transport).of(Permit, NAMESPACE), close: () => transport.close() };
}

export function watchPermits(
  resource: Awaited<ReturnType<typeof lineTo>>['permits'],
  onChange: (change: Change<Permit>) => void = () => {},
): Watching {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const indexes = { semaphore: ({ spec }: Permit) => [spec.semaphore] };
  const cache = new ObjectCache<Permit, 'semaphore'>({ indexes, onError });
  const ending = new AbortController();
  const ended = keepWatching<Permit>({
    resource,
    onChange(change) {
      cache.feed(change);
      onChange(change);
    },
    onError,
    clock: systemClock,
    random: Math.random,
    signal: ending.signal,
  });
  return {
    cache,
    errors,
    stop() {
      ending.abort(new Error('no longer watched'));
      return ended;
    },
  };
}
