import type { Client } from './client.ts';
import type { Hold } from './hold.ts';
import type { SemaphoreOptions } from './options.ts';
import { usesPermit } from './permit-of.ts';
import { sharedClient } from './shared-client.ts';

export interface PoolOptions extends Omit<SemaphoreOptions, 'signal' | 'requestId' | 'detached'> {
  /** Not set: one for the whole process, made when the first connection is asked for. */
  readonly client?: Client;
}

/**
 * A pool of `pg` or of `mysql2/promise` that takes a permit for every connection it hands out and gives it back with
 * the connection, so that all programs together stay within what the database can take. What runs a query on the pool
 * itself does the same for the length of the query. Callbacks are not taken: only promises.
 */
export function limitedPool<Pool extends object>(pool: Pool, name: string, options: PoolOptions = {}): Pool {
  const { client, ...hold } = options;
  const letting = new Set<Promise<void>>();

  const acquire = (): Promise<Hold> => (client ?? sharedClient()).acquireSemaphore(name, hold);
  const letGo = (permit: Hold): void => {
    // whatever keeps it from being told, the hold ends by its time
    const over: Promise<void> = permit
      .release()
      .catch(() => {})
      .finally(() => letting.delete(over));
    letting.add(over);
  };

  const connecting = (connect: Call) => async () => {
    const permit = await acquire();
    try {
      return lent((await connect()) as Connection, permit, letGo);
    } catch (error) {
      letGo(permit);
      throw error;
    }
  };
  const querying =
    (query: Call) =>
    async (...args: readonly unknown[]) => {
      const permit = await acquire();
      try {
        return await query(...args);
      } finally {
        letGo(permit);
      }
    };
  const ending = (end: Call) => async () => {
    await end();
    // else the program may be over before its permits are free
    await Promise.all(letting);
  };
  const LIMITED: Readonly<Record<string, (call: Call) => Call>> = {
    connect: connecting,
    getConnection: connecting,
    query: querying,
    execute: querying,
    end: ending,
  };

  return new Proxy(pool, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as Call;
      const limited = typeof property === 'string' && Object.hasOwn(LIMITED, property) && LIMITED[property];
      return limited ? onlyPromises(property, limited(call)) : call;
    },
  });
}

type Call = (...args: readonly unknown[]) => unknown;

/** What is needed of a connection: `pg` destroys by `release(true)`, `mysql2` by `destroy()`. */
interface Connection {
  release: Call;
  destroy?: Call;
}

/** The connection, giving its permit back with whatever gives it back. */
function lent(connection: Connection, permit: Hold, letGo: (permit: Hold) => void): Connection {
  const back =
    (call: Call): Call =>
    (...args) => {
      letGo(permit);
      return call.apply(connection, [...args]);
    };
  connection.release = back(connection.release);
  if (connection.destroy) connection.destroy = back(connection.destroy);
  usesPermit(connection, permit);
  return connection;
}

const onlyPromises =
  (method: string, call: Call): Call =>
  (...args) => {
    if (typeof args.at(-1) !== 'function') return call(...args);
    throw new TypeError(`${method}: a limited pool takes no callback: await what it returns`);
  };
