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
  const name = 'konductor-dev';
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  });
}
