import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { startOperator } from '../../operator/operator.ts';
import { DOOR_NAMES } from '../../operator/settings.ts';
import { type ApiServer, createApiServer } from '../apiserver/server.ts';
import { kubeClient } from '../kube/client.ts';
import type { Log } from '../kube/log.ts';
import { doorsOf } from './doors.ts';
import { installForeignKinds } from './foreign-kinds.ts';
import { inProcess } from './in-process.ts';
import { contentOf, kubeconfigFor, placeFor } from './kubeconfig.ts';

export interface DevOptions {
  /** Any free one unless said otherwise. */
  readonly port?: number | undefined;
  /** Where the kubeconfig is written, or beside it; it goes when the server does. */
  readonly kubeconfig: string;
  /** Where the operator logs; without one, no operator: claims are stored, and nobody answers them. */
  readonly operatorLog?: Log | undefined;
}

/** Everything that `konductor dev` runs, in this process. */
export interface Dev extends AsyncDisposable {
  readonly url: string;
  readonly kubeconfig: string;
  readonly server: ApiServer;
  stop(): Promise<void>;
}

const ADMIN = { user: 'konductor-dev', groups: ['system:masters', 'system:authenticated'] };
const OPERATOR = { user: 'konductor-operator', groups: ['system:masters', 'system:authenticated'] };

/** Starts the embedded API server with our kinds installed, the operator and every door on it, and says in a kubeconfig how to reach it. */
export async function startDev({ port, kubeconfig: wanted, operatorLog }: DevOptions): Promise<Dev> {
  const kubeconfig = await placeFor(wanted);
  const [token, operatorToken] = [newToken(), newToken()];
  const identities = new Map([
    [token, ADMIN],
    [operatorToken, OPERATOR],
  ]);
  const server = createApiServer({ identities, authorization: 'RBAC' });
  // no socket between them
  const transport = inProcess(server, operatorToken);
  await installForeignKinds(kubeClient(transport));
  const doors = await doorsOf({ doors: DOOR_NAMES, argoLongestWait: undefined });
  const operator =
    operatorLog && startOperator({ transport, log: operatorLog, identity: 'dev', election: undefined, doors });
  await operator?.synced;
  // kubectl sends its token over HTTPS only
  const { url, ca = '' } = await server.listen({ ...(port !== undefined && { port }), tls: 'self-signed' });
  await mkdir(dirname(kubeconfig), { recursive: true });
  // the token is an administrator's
  const content = kubeconfigFor({ server: url, ca, token });
  await writeFile(kubeconfig, content, { mode: 0o600 });

  const stop = async () => {
    await operator?.stop();
    await server.close();
    // whoever began in the same moment may have written theirs there
    if ((await contentOf(kubeconfig)) === content) await rm(kubeconfig, { force: true });
  };
  return { url, kubeconfig, server, stop, [Symbol.asyncDispose]: stop };
}

const newToken = (): string => randomBytes(24).toString('base64url');
