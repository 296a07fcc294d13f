import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../api/clock.ts';
import { ConfigError, reasonOf } from './config-error.ts';
import type { Connection, Environment } from './connection.ts';
import { tokenFile } from './credentials.ts';

/** What every pod with a service account is given; undefined outside of one. */
export async function inCluster(
  { variables, serviceAccount }: Environment,
  clock: Clock,
): Promise<Connection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = variables;
  if (!host) return undefined;
  const credentials = tokenFile(join(serviceAccount, 'token'), clock);
  await credentials.get();
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    namespace: (await readOptional(join(serviceAccount, 'namespace')))?.trim() || 'default',
    tls: { ca: await readRequired(join(serviceAccount, 'ca.crt')) },
    credentials,
  };
}

async function readRequired(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`the service account's ${path} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

const readOptional = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
