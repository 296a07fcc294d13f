import type { Clock } from '../api/clock.ts';
import { systemClock } from '../api/clock.ts';
import { ConfigError } from './config-error.ts';
import { type CredentialSource, fixedCredentials, tokenFile } from './credentials.ts';
import { inCluster } from './in-cluster.ts';
import { fromKubeconfig } from './kubeconfig.ts';
import { proxyFor } from './proxy.ts';

/** How to reach an API server, and as whom. */
export interface Connection {
  /** Its URL; a path in it goes before every path. */
  readonly server: string;
  /** Where objects are looked for when nobody says where. */
  readonly namespace: string;
  readonly tls: TlsOptions;
  readonly credentials: CredentialSource;
  readonly impersonate?: Impersonation;
  /** URL of an HTTP or SOCKS5 proxy on the way. */
  readonly proxy?: string;
}

export interface TlsOptions {
  /** PEM. Trusted instead of the system's, not beside them. */
  readonly ca?: string;
  /** The name the server's certificate must have, when it is not the one in the URL. */
  readonly servername?: string;
  /** Trust anybody. */
  readonly insecure?: true;
}

export interface Impersonation {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
}

/** What a caller may say about it; nothing at all is fine where kubectl works or in a pod. */
export interface ConnectOptions {
  /** With a server, no file is read that is not named here. */
  readonly server?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  /** PEM. */
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly servername?: string;
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly as?: string;
  readonly asGroups?: readonly string[];
  readonly asUid?: string;
  readonly environment?: Environment;
  readonly clock?: Clock;
}

/** What the process around us says. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string | undefined;
  /** Where a pod finds its service account. */
  readonly serviceAccount: string;
}

export const processEnvironment = (): Environment => ({
  variables: process.env,
  home: process.env.HOME ?? process.env.USERPROFILE,
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
});

/** As kubectl decides: by what is said here, `--kubeconfig`, `$KUBECONFIG`, `~/.kube/config`, the pod's account. */
export async function connect(options: ConnectOptions = {}): Promise<Connection> {
  const { environment = processEnvironment(), clock = systemClock } = options;
  const found = options.server === undefined ? await discover(options, environment, clock) : explicit(options.server);
  const server = checkedUrl(found.server, 'the server');
  const proxy = found.proxy ?? proxyFor(server, environment.variables);
  const impersonate = impersonation(options) ?? found.impersonate;
  return {
    server: server.href.replace(/\/$/, ''),
    namespace: options.namespace ?? found.namespace,
    tls: {
      ...found.tls,
      ...(options.ca !== undefined && { ca: options.ca }),
      ...(options.servername !== undefined && { servername: options.servername }),
      ...(options.insecure && { insecure: true as const }),
    },
    credentials: ownCredentials(options, clock) ?? found.credentials,
    ...(impersonate && { impersonate }),
    ...(proxy && { proxy: checkedUrl(proxy, 'the proxy').href }),
  };
}

async function discover(options: ConnectOptions, environment: Environment, clock: Clock): Promise<Connection> {
  const connection = (await fromKubeconfig(options, environment, clock)) ?? (await inCluster(environment, clock));
  if (connection) return connection;
  throw new ConfigError(
    'no cluster is configured: there is no ~/.kube/config, no KUBECONFIG, and this is not a pod with a service account',
  );
}

const explicit = (server: string): Connection => ({
  server,
  namespace: 'default',
  tls: {},
  credentials: fixedCredentials({}),
});

function ownCredentials(options: ConnectOptions, clock: Clock): CredentialSource | undefined {
  if (options.token !== undefined) return fixedCredentials({ authorization: `Bearer ${options.token}` });
  if (options.tokenFile !== undefined) return tokenFile(options.tokenFile, clock);
  return undefined;
}

function impersonation({ as: user, asGroups: groups, asUid: uid }: ConnectOptions): Impersonation | undefined {
  if (user === undefined && !groups?.length && uid === undefined) return undefined;
  if (user === undefined) throw new ConfigError('impersonating a group or a uid needs a user to impersonate as well');
  return { user, ...(groups?.length && { groups }), ...(uid !== undefined && { uid }) };
}

function checkedUrl(text: string, what: string): URL {
  // as kubectl has it, a bare host and port is plain HTTP
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url) return url;
  throw new ConfigError(`${what} must be a URL: ${JSON.stringify(text)}`);
}
