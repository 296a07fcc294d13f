import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { toYaml } from '../api/yaml.ts';

/** What somebody needs to reach the embedded server. */
export interface Access {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** Where kubectl looks when nobody says where. */
  readonly namespace?: string;
}

/** A kubeconfig as kubectl and every client library read it. */
export function kubeconfigFor({ server, ca, token, namespace = 'default' }: Access): string {
  const name = OURS;
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  });
}

const OURS = 'konductor-dev';

/** Here; or beside it, while another of us is reached by the one that is here. Whoever uses that must not lose it. */
export async function placeFor(kubeconfig: string): Promise<string> {
  const before = await contentOf(kubeconfig);
  if (before === undefined) return kubeconfig;
  const [, port] = /^ *server: https:\/\/\S+:([0-9]+)$/m.exec(before) ?? [];
  if (!before.includes(`current-context: ${OURS}\n`) || !port) {
    throw new Error(`${kubeconfig} is not ours to write: say another file with --kubeconfig`);
  }
  // one that was killed leaves its file behind
  return (await isListening(Number(port))) ? `${kubeconfig}-${process.pid}` : kubeconfig;
}

export const contentOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

function isListening(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
