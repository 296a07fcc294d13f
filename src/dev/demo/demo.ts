import { type Clock, systemClock, wait } from '../../api/clock.ts';
import { KINDS } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Permit } from '../../api/permit.ts';
import { aborted } from '../../kube/aborted.ts';
import { ObjectCache } from '../../kube/cache.ts';
import { kubeClient } from '../../kube/client.ts';
import { connect } from '../../kube/connection.ts';
import { httpTransport } from '../../kube/http-transport.ts';
import { keepWatching } from '../../kube/watch.ts';
import { Client } from '../../sdk/index.ts';
import { playRound } from './load.ts';
import { newsOf } from './news.ts';

/** Where the demonstration is seen. */
export interface Audience {
  /** Something is about to happen, or has happened. */
  tell(line: string): void;
  /** The picture of the moment, when it is one worth looking at. */
  look(picture: string): void;
  /** Kept up to date all the time, where somebody watches. */
  readonly draw?: (picture: string) => void;
}

export interface DemoOptions {
  readonly kubeconfig: string;
  readonly audience: Audience;
  /** Draws everything there is, as `koncli top` does. */
  readonly overview: (objects: readonly KubeObject[], now: number) => string;
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

const DRAWN_EVERY = 200;

/** Plays a small load on a server and shows what the server makes of it: every line of news is a change it has told. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { kubeconfig, audience, overview, rounds, signal, clock = systemClock } = options;
  const transport = httpTransport(await connect({ kubeconfig }));
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const kube = kubeClient(transport, { clock, userAgent: 'konductor-demo' });
  const caches = KINDS.map(() => new ObjectCache<KubeObject>({ onError: () => {} }));
  const picture = () =>
    overview(
      caches.flatMap((cache) => cache.all()),
      clock.now(),
    );
  const watches = KINDS.map((kind, index) =>
    keepWatching({
      // the compiler cannot see that one kind stands for the others
      resource: kube.of(kind as unknown as typeof Permit, undefined),
      onChange: (change) => caches[index]?.feed(change as never),
      onError: () => {},
      clock,
      random: Math.random,
      signal: until,
    }),
  );
  await Promise.race([Promise.all(caches.map(({ synced }) => synced)), aborted(until)]);
  for (const cache of caches) {
    cache.onChange((old, object) => {
      const line = newsOf(old, object);
      if (line !== undefined) audience.tell(line);
    });
  }
  const drawing = audience.draw && keepDrawing(() => audience.draw?.(picture()), clock, until);

  const clients: Client[] = [];
  const stage = {
    connect(holder: string) {
      const client = new Client({ kubeconfig, holder });
      clients.push(client);
      return client;
    },
    // whoever quits in the middle wants no error for it
    pause: (milliseconds: number) => wait(clock, milliseconds, until).catch(() => {}),
    announce: (title: string) => audience.tell(`\n${title}`),
    look: () => audience.look(picture()),
  };
  try {
    for (let round = 1; round <= rounds && !until.aborted; round += 1) {
      await Promise.race([playRound(stage, round), aborted(until)]);
      // what it did last is still to be heard of
      await wait(clock, DRAWN_EVERY, until).catch(() => {});
    }
  } finally {
    ending.abort();
    await Promise.all([...watches, drawing, ...clients.map((client) => client.close())]);
    await transport.close();
  }
}

async function keepDrawing(draw: () => void, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    draw();
    await wait(clock, DRAWN_EVERY, signal).catch(() => {});
  }
}
