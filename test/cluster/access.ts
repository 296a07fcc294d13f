import { randomBytes } from 'node:crypto';
import type { Tokens } from './files.ts';
import { firstOf, type Http, http } from './http.ts';
import { type Identity, writeKubeconfig } from './identity.ts';
import { type KubectlResult, runKubectl } from './kubectl.ts';

/** What it takes to speak to a running cluster: plain data, so that it can be handed to another process. */
export interface ClusterSeed {
  readonly url: string;
  readonly ca: string;
  readonly dir: string;
  readonly kubectl: string;
  readonly tokens: Tokens;
}

/** Everything a test does with a cluster short of killing it. */
export interface ClusterAccess {
  readonly url: string;
  /** The certificate to trust, PEM. */
  readonly ca: string;
  /** The cluster's temporary folder. */
  readonly dir: string;
  /** Path of a kubeconfig for an identity; without one, for an administrator. */
  kubeconfig(identity?: Identity): Promise<string>;
  /** Never throws because of kubectl's exit code. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** One call as administrator. */
  readonly request: Http['request'];
  /** A collection as administrator: what is there, then what changes. */
  readonly watch: Http['watch'];
  /** A new namespace with a name of its own. Pods can be made in it only once its service account is there. */
  namespace(prefix?: string, options?: { readonly awaits?: 'service-account' }): Promise<string>;
}

export interface KubectlOptions {
  readonly stdin?: string;
  readonly identity?: Identity;
  readonly signal?: AbortSignal;
}

/** Opens a cluster to this process. */
export function openCluster(seed: ClusterSeed, failure?: AbortSignal): ClusterAccess {
  const { url, ca, dir, tokens } = seed;
  const client = http({ url, ca, token: tokens.admin, failure });
  const known = new Map<string, Promise<string>>();

  const kubeconfig = (identity?: Identity) => {
    const key = JSON.stringify(identity ?? null);
    const path = known.get(key) ?? writeKubeconfig({ url, ca, dir, tokens, http: client }, identity);
    known.set(key, path);
    path.catch(() => known.delete(key)); // a service account that is missing now may exist the next time
    return path;
  };

  const kubectl = async (args: readonly string[], { stdin, identity, signal }: KubectlOptions = {}) => {
    return runKubectl(args, {
      program: seed.kubectl,
      kubeconfig: await kubeconfig(identity),
      dir,
      stdin,
      signal: firstOf(signal, failure),
    });
  };

  return {
    url,
    ca,
    dir,
    kubeconfig,
    kubectl,
    request: client.request,
    watch: client.watch,

    async namespace(prefix = 'test', options = {}) {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      const { status, body } = await client.request('POST', '/api/v1/namespaces', { metadata: { name } });
      if (status !== 201) throw new Error(`namespace ${name} was refused: ${JSON.stringify(body)}`);
      if (options.awaits) {
        const wait = ['wait', '--for=create', 'serviceaccount/default', '-n', name, '--timeout=60s'];
        const { code, stderr } = await kubectl(wait);
        if (code !== 0) throw new Error(`namespace ${name} got no service account: ${stderr}`);
      }
      return name;
    },
  };
}
