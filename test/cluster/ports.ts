import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port that is free now and that nobody is given by chance later. Systems hand out ports from 32768 upwards to
 * outgoing connections: while a killed server is down, a client that keeps knocking could be given that very port.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (!given.has(port) && (await canListen(port))) {
      given.add(port);
      return port;
    }
  }
}

const FIRST = 20_000;
const LAST = 32_000;
const given = new Set<number>();

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
