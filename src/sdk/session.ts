import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../api/clock.ts';
import type { OwnerReference } from '../api/metadata.ts';
import { type KubeClient, kubeClient } from '../kube/client.ts';
import { connect, processEnvironment } from '../kube/connection.ts';
import { httpTransport } from '../kube/http-transport.ts';
import { ClosedError } from './errors.ts';
import { type Feeds, objectFeeds } from './feed.ts';
import type { Hold } from './hold.ts';
import { holderName, type PodIdentity, podAround } from './identity.ts';
import type { ClientOptions } from './options.ts';
import { sayFailure } from './say-failure.ts';

/** One client, connected. */
export interface Session {
  readonly kube: KubeClient;
  /** Where things are when nobody says where. */
  readonly namespace: string;
  readonly holder: string;
  /** What a claim in that namespace goes with when nobody says what. */
  ownerIn(namespace: string): OwnerReference | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly feeds: Feeds;
  /** Marks the claims of this client, so that one watch hears of all of them and of no others. */
  readonly mark: string;
  /** Claims that are asked for or held here, by namespace and name; undefined while one is waited for. */
  readonly claims: Map<string, Hold | undefined>;
  /** Aborts when the client is closed. */
  readonly closing: AbortSignal;
  /** What `close` waits for. */
  track<T>(work: Promise<T>): Promise<T>;
}

export interface SessionHandle {
  open(): Promise<Session>;
  close(): Promise<void>;
}

/** Connects when it is first asked for. */
export function sessionOf(options: ClientOptions): SessionHandle {
  const { clock = systemClock, random = Math.random } = options;
  const closing = new AbortController();
  const pending = new Set<Promise<unknown>>();
  const feeds = objectFeeds({ clock, random });
  let opening: Promise<Reached> | undefined;
  let closed: Promise<void> | undefined;

  const session = ({ kube, namespace, pod, variables }: Reached): Session => ({
    kube,
    namespace,
    holder: options.holder ?? holderName(variables, pod),
    ownerIn(place) {
      if (options.owner !== undefined) return (place === namespace && options.owner) || undefined;
      return pod?.namespace === place ? pod.reference : undefined;
    },
    clock,
    random,
    feeds,
    mark: randomUUID(),
    claims: new Map(),
    closing: closing.signal,
    track(work) {
      const settled = work.then(nothing, nothing).finally(() => pending.delete(settled));
      pending.add(settled);
      return work;
    },
  });

  let made: Promise<Session> | undefined;
  return {
    async open() {
      if (closed) throw new ClosedError('this client was closed: make a new one');
      if (!made) {
        opening = reach(options, clock, random);
        made = opening.then(session);
        // a kubeconfig may come, a token may be mounted: the next call tries again
        made.catch(() => {
          made = undefined;
          opening = undefined;
        });
      }
      return made.catch((error: unknown) => {
        throw sayFailure(error, { doing: 'connect to the cluster' });
      });
    },
    close() {
      closed ??= (async () => {
        closing.abort(new ClosedError('this client was closed'));
        await Promise.all(pending);
        await feeds.close();
        await (await opening?.catch(nothing))?.end?.();
      })();
      return closed;
    },
  };
}

interface Reached {
  readonly kube: KubeClient;
  readonly namespace: string;
  readonly pod: PodIdentity | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly end?: () => Promise<void>;
}

async function reach(options: ClientOptions, clock: Clock, random: () => number): Promise<Reached> {
  const { kube, environment = processEnvironment() } = options;
  const { variables } = environment;
  // nothing is known of whether it speaks to the cluster that this may be a pod of
  if (kube) return { kube, namespace: options.namespace ?? 'default', pod: undefined, variables };
  const connection = await connect(options);
  const transport = httpTransport(connection, { clock });
  return {
    kube: kubeClient(transport, { clock, random, userAgent: 'konductor-sdk', fieldManager: 'konductor-sdk' }),
    namespace: connection.namespace,
    pod: await podAround(environment, connection.server),
    variables,
    end: () => transport.close(),
  };
}

const nothing = (): undefined => undefined;
