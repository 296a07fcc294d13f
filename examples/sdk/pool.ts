// Every connection to the database takes a permit: however many programs run, it never has more than it can take.
import { Client, limitedPool } from '@konductor/sdk';
import pg from 'pg';

await using client = new Client();
const pool = limitedPool(new pg.Pool({ connectionString: process.env.DATABASE_URL }), 'db-connections', { client });

const connection = await pool.connect();
try {
  const { rows } = await connection.query('select 6 * 7 as answer');
  const { status } = await client.getSemaphore('db-connections');
  console.log(`answer ${rows[0].answer}, connections in use: ${status?.inUse}`);
} finally {
  connection.release();
}
await pool.end();
