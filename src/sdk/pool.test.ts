import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import mysql from 'mysql2';
import { createPool, type Pool as MysqlPool } from 'mysql2/promise';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../test/sdk/postgres.ts';
import { type Konductor, startKonductor } from '../dev/testing.ts';
import { permitOf } from './permit-of.ts';
import { limitedPool } from './pool.ts';

let konductor: Konductor;
beforeEach(async () => {
  konductor = await startKonductor();
  await konductor.client.createSemaphore('db', { permits: 1 });
});
afterEach(() => konductor.stop());

const options = () => ({ client: konductor.client, timeout: '200ms' });
/** Kept once the permit is free. */
const free = async () => {
  await using permit = await konductor.connect({ holder: 'judge' }).acquireSemaphore('db', { timeout: '5s' });
  permit.assertHeld();
};

describe('a limited pool of pg', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres[Symbol.asyncDispose]());

  const poolOf = (config: pg.PoolConfig = {}): pg.Pool =>
    limitedPool(new pg.Pool({ connectionString: postgres.url, max: 5, ...config }), 'db', options());

  it('takes a permit for each connection, and gives it back with the connection', async () => {
    const pool = poolOf();
    const first = await pool.connect();
    expect(permitOf(first)?.name).toBe('db');
    await expect(pool.connect()).rejects.toMatchObject({ code: 'TIMEOUT' });
    const second = pool.connect();
    first.release();
    expect((await (await second).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    (await second).release(true);
    await pool.end();
    await free();
  });

  it('takes one for the length of a query on the pool itself', async () => {
    const pool = poolOf();
    const connection = await pool.connect();
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'TIMEOUT' });
    connection.release();
    expect((await pool.query('select $1::int as n', [7])).rows).toEqual([{ n: 7 }]);
    await expect(pool.query('select nonsense')).rejects.toThrow('nonsense');
    await pool.end();
    await free();
  });

  it('gives the permit back when there is no connection to be had', async () => {
    const pool = poolOf({ connectionString: 'postgresql://127.0.0.1:1/none' });
    await expect(pool.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await free();
    await pool.end();
  });

  it('is the pool in everything else', async () => {
    const pool = poolOf();
    expect([pool.totalCount, pool.options.max, pool instanceof pg.Pool]).toEqual([0, 5, true]);
    const events: string[] = [];
    pool.on('connect', () => events.push('connect'));
    (await pool.connect()).release();
    expect([events, pool.idleCount]).toEqual([['connect'], 1]);
    await pool.end();
  });

  it('says that it takes no callback', async () => {
    const pool = poolOf();
    expect(() => pool.connect(() => {})).toThrow('await what it returns');
    await pool.end();
  });
});

describe('a limited pool of mysql2/promise', () => {
  // the driver's own server side: the protocol is real, the answers are not
  const server = mysql.createServer((connection) => {
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.0',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff,
      authCallback(_: unknown, done: (error: null) => void) {
        done(null);
        loose.sequenceId = 0;
      },
    } as never);
    const loose = connection as unknown as {
      on(event: string, listener: (text: string) => void): void;
      writeOk(): void;
      writeError(error: object): void;
      sequenceId: number;
    };
    loose.on('query', (text) => {
      // a server counts the packets of each command anew, and the driver leaves that to us
      loose.sequenceId = 1;
      if (text.includes('nonsense')) loose.writeError({ message: 'nonsense', code: 1064 });
      else loose.writeOk();
      loose.sequenceId = 0;
    });
    loose.on('error', () => {});
  });
  let port = 0;
  beforeAll(async () => {
    server.listen(0);
    const socket = (server as unknown as { _server: import('node:net').Server })._server;
    if (!socket.listening) await once(socket, 'listening');
    port = (socket.address() as AddressInfo).port;
  });
  afterAll(() => server.close(() => {}));

  const poolOf = (config: object = {}): MysqlPool =>
    limitedPool(createPool({ host: '127.0.0.1', port, user: 'me', ...config }), 'db', options());

  it.each(['release', 'destroy'] as const)(
    'takes a permit for each connection, and gives it back on %s',
    async (how) => {
      const pool = poolOf();
      const first = await pool.getConnection();
      await first.query('select 1');
      await expect(pool.getConnection()).rejects.toMatchObject({ code: 'TIMEOUT' });
      first[how]();
      await free();
      await pool.end();
    },
  );

  it('takes one for the length of a query on the pool itself', async () => {
    const pool = poolOf();
    await pool.query('select 1');
    await expect(pool.query('nonsense')).rejects.toThrow('nonsense');
    await free();
    await pool.end();
  });

  it('gives the permit back when there is no connection to be had', async () => {
    const pool = poolOf({ port: 1 });
    await expect(pool.getConnection()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await free();
    await pool.end();
  });
});
