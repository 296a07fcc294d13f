import type { Dispatcher } from 'undici';
import type { TlsOptions } from './connection.ts';

/** Who is called, and what a connection to it is made with: connections are shared by those who agree in all of it. */
export interface Peer {
  readonly origin: string;
  readonly tls: TlsOptions;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly proxy?: string | undefined;
}

export interface PoolLimits {
  /** Connections for calls that are answered and over. */
  readonly connections: number;
  /** Connections for watches, apart from the others: each keeps one for minutes. */
  readonly watches: number;
  readonly connectTimeout: number;
}

/** The connections of this process to one peer. */
export interface Pools {
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
  /** The last one to release closes them: now, or once what is under way has ended. */
  release(how: 'now' | 'gently'): Promise<void>;
}

interface Shared extends Omit<Pools, 'release'> {
  users: number;
}

const shared = new Map<string, Promise<Shared>>();

export async function poolsFor(peer: Peer, limits: PoolLimits): Promise<Pools> {
  const key = JSON.stringify([peer, limits]);
  let making = shared.get(key);
  if (!making) {
    making = make(peer, limits);
    making.catch(() => shared.delete(key));
    shared.set(key, making);
  }
  const pools = await making;
  pools.users++;
  let released = false;
  return {
    calls: pools.calls,
    watches: pools.watches,
    async release(how) {
      if (released) return;
      released = true;
      if (--pools.users > 0) return;
      shared.delete(key);
      const close = (pool: Dispatcher) => (how === 'now' ? pool.destroy() : pool.close());
      await Promise.all([close(pools.calls), close(pools.watches)]);
    },
  };
}

/** A peer that vanished without a word is found out in half a minute or so, by the kernel. */
const KEEP_ALIVE_PROBE = 15_000;
/** Less than an API server keeps an idle connection (90 s), so that none is used that it is just closing. */
const IDLE = 30_000;

async function make(
  { origin, tls, cert, key, proxy }: Peer,
  { connections, watches, connectTimeout }: PoolLimits,
): Promise<Shared> {
  // loaded here and not above: a program that makes no call does not pay for it
  const { Pool, ProxyAgent } = await import('undici');
  const trust = {
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(cert !== undefined && { cert, key }),
    ...(tls.servername !== undefined && { servername: tls.servername }),
    // only when asked for: unset, NODE_TLS_REJECT_UNAUTHORIZED keeps its say
    ...(tls.insecure && { rejectUnauthorized: false }),
  };
  const socket = { ...trust, timeout: connectTimeout, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE };
  const pool = (most: number): Dispatcher => {
    // time-outs are the transport's own, on its clock; one watch or call to a connection, no HTTP/2 that would mix them
    const common = {
      connections: most,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: IDLE,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    return proxy
      ? new ProxyAgent({ ...common, uri: proxy, requestTls: socket })
      : new Pool(origin, { ...common, connect: socket });
  };
  return { calls: pool(connections), watches: pool(watches), users: 0 };
}
