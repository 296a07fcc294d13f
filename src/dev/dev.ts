import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ApiServer } from '../apiserver/server.ts';
import { createApiServer } from '../apiserver/server.ts';
import { kubeconfigFor } from './kubeconfig.ts';

export interface DevOptions {
  /** Any free one unless said otherwise. */
  readonly port?: number;
  /** Where the kubeconfig is written; it goes when the server does. */
  readonly kubeconfig: string;
}

/** Everything that `konductor dev` runs, in this process. */
export interface Dev extends AsyncDisposable {
  readonly url: string;
  readonly kubeconfig: string;
  readonly server: ApiServer;
  stop(): Promise<void>;
}

const ADMIN = { user: 'konductor-dev', groups: ['system:masters', 'system:authenticated'] };

/** Starts the embedded API server with our kinds installed, and says in a kubeconfig how to reach it. */
export async function startDev({ port, kubeconfig }: DevOptions): Promise<Dev> {
  const token = randomBytes(24).toString('base64url');
  const server = createApiServer({ identities: new Map([[token, ADMIN]]), authorization: 'RBAC' });
  // kubectl sends its token over HTTPS only
  const { url, ca = '' } = await server.listen({ ...(port !== undefined && { port }), tls: 'self-signed' });
  await mkdir(dirname(kubeconfig), { recursive: true });
  // the token is an administrator's
  await writeFile(kubeconfig, kubeconfigFor({ server: url, ca, token }), { mode: 0o600 });

  const stop = async () => {
    await server.close();
    await rm(kubeconfig, { force: true });
  };
  return { url, kubeconfig, server, stop, [Symbol.asyncDispose]: stop };
}
