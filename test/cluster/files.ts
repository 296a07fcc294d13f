import { generateKeyPair, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where everything of one cluster lies, below its own temporary folder. */
export function filesIn(folder: string) {
  return {
    etcdData: join(folder, 'etcd'),
    etcdSocket: join(folder, 'etcd.sock'),
    apiServerCertificates: join(folder, 'kube-apiserver'),
    ca: join(folder, 'kube-apiserver', 'apiserver.crt'), // the server signs itself, once for all its restarts
    controllerManagerCertificates: join(folder, 'kube-controller-manager'),
    tokens: join(folder, 'tokens.csv'),
    serviceAccountKey: join(folder, 'service-account.key'),
    log: (name: string) => join(folder, `${name}.log`),
  };
}

export type Files = ReturnType<typeof filesIn>;

/**
 * Who may come in before anybody can be let in: an administrator above RBAC, and one who may only speak for others.
 * A program that ignores `as` in a kubeconfig is therefore refused rather than made an administrator by mistake.
 */
export interface Tokens {
  readonly admin: string;
  readonly impersonator: string;
}

export const IMPERSONATOR = 'konductor-test:impersonator';

/** Writes what the API server reads at its first start: static tokens and the key that signs service accounts'. */
export async function writeCredentials(files: Files): Promise<Tokens> {
  const tokens = { admin: randomUUID(), impersonator: randomUUID() };
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const lines = [
    `${tokens.admin},konductor-test:admin,admin,"system:masters"`,
    `${tokens.impersonator},${IMPERSONATOR},impersonator`,
  ];
  await mkdir(files.apiServerCertificates, { recursive: true });
  await writeFile(files.tokens, `${lines.join('\n')}\n`);
  await writeFile(files.serviceAccountKey, privateKey.export({ type: 'pkcs1', format: 'pem' }));
  return tokens;
}
