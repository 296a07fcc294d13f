import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './program-flags.ts';

export interface Listening {
  readonly port: number;
  /** Ends what is under way, too. */
  close(): Promise<void>;
}

/** Serves on an address of this machine; port 0 is any that is free. */
export async function listening(server: Server, { host, port }: Address): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
