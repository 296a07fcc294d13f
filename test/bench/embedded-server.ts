// A program: the embedded API server in a process of its own, told what to do by the one that started it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiServer } from '../../src/apiserver/server.ts';
import { paced } from './paced.ts';
import type { Commands, Envelope } from './server-process.ts';
import { permitWriter } from './writer.ts';

const server = createApiServer();
const writer = permitWriter(server);
const failures: unknown[] = [];
let versions: number[] = [];
let stopLoad = () => {};
server.onWrite(({ resource, resourceVersion }) => {
  if (resource.startsWith('permits.')) versions.push(resourceVersion);
});

const commands: Commands = {
  async listen({ tls }) {
    const { url, ca } = await server.listen(tls ? { tls: 'self-signed' } : {});
    return { url, ca };
  },
  async listenBare({ answer }) {
    const bare = createServer(async (request, response) => {
      for await (const _ of request);
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
      response.end(answer);
    });
    await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(bare.address() as AddressInfo).port}`, ca: undefined };
  },
  fill: ({ count }) => writer.fill(count),
  async startLoad({ perSecond }) {
    versions = [];
    stopLoad = paced(perSecond, () => void writer.write().catch((error: unknown) => failures.push(error)));
  },
  async stopLoad() {
    stopLoad();
    if (failures.length > 0) throw failures[0];
    return { versions };
  },
  async cut() {
    const { resourceVersion } = server;
    server.watches.cut();
    return { resourceVersion };
  },
  async cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
};

process.on('message', async ({ id, name, argument }: Envelope) => {
  try {
    process.send?.({ id, answer: await commands[name](argument as never) });
  } catch (error) {
    process.send?.({ id, failure: String((error as Error).stack ?? error) });
  }
});
process.on('disconnect', () => process.exit());
