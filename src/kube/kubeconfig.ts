import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Clock } from '../api/clock.ts';
import { ConfigError, reasonOf } from './config-error.ts';
import type { Connection, ConnectOptions, Environment, Impersonation, TlsOptions } from './connection.ts';
import { type CredentialSource, fixedCredentials, tokenFile } from './credentials.ts';
import { type ExecConfig, execPlugin } from './exec-plugin.ts';
import { foreignCredentials } from './foreign-credentials.ts';

/** The connection kubectl would make; undefined when there is no kubeconfig at all. */
export async function fromKubeconfig(
  options: Pick<ConnectOptions, 'kubeconfig' | 'context'>,
  environment: Environment,
  clock: Clock,
): Promise<Connection | undefined> {
  const files = await readFiles(options.kubeconfig, environment);
  if (files.length === 0) {
    if (options.context === undefined) return undefined;
    throw new ConfigError(`there is no kubeconfig to take context "${options.context}" from`);
  }
  const name = options.context ?? files.map((file) => file.content['current-context']).find(Boolean);
  if (!name) throw new ConfigError(`${sayFiles(files)}: current-context is not set; say which with --context`);
  const context = find(files, 'contexts', name) ?? unknownContext(files, name);
  const where = `kubeconfig ${context.file}: context "${name}"`;

  const { cluster: clusterName, user: userName, namespace = 'default' } = (context.value.context ?? {}) as WireContext;
  if (!clusterName) throw new ConfigError(`${where}: cluster is not set`);
  const cluster = find(files, 'clusters', clusterName);
  if (!cluster) throw new ConfigError(`${where}: cluster "${clusterName}" is not defined`);
  const user = userName ? find(files, 'users', userName) : undefined;
  if (userName && !user) throw new ConfigError(`${where}: user "${userName}" is not defined`);

  const place = { file: cluster.file, what: `cluster "${clusterName}"` };
  const wire = (cluster.value.cluster ?? {}) as WireCluster;
  if (!wire.server) throw new ConfigError(`${say(place)}: server is not set`);
  const tls = await tlsOf(wire, place);
  const connection = { server: wire.server, namespace, tls, ...(wire['proxy-url'] && { proxy: wire['proxy-url'] }) };
  if (!user) return { ...connection, credentials: fixedCredentials({}) };
  return {
    ...connection,
    ...(await identityOf(user, { name: userName ?? '', clusterName, cluster: wire, tls, clock })),
  };
}

interface KubeconfigFile {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>> & { readonly 'current-context'?: string };
}

async function readFiles(named: string | undefined, { variables, home }: Environment): Promise<KubeconfigFile[]> {
  if (named !== undefined) return [await readKubeconfig(named)];
  const listed = (variables.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  const paths = listed.length > 0 ? listed : home ? [join(home, '.kube', 'config')] : [];
  const files: KubeconfigFile[] = [];
  let missing: unknown;
  for (const path of new Set(paths)) {
    try {
      files.push(await readKubeconfig(path));
    } catch (error) {
      // as kubectl has it: a file of the list may be missing, but one that is there must be right
      if ((error as { cause?: NodeJS.ErrnoException }).cause?.code !== 'ENOENT') throw error;
      missing ??= error;
    }
  }
  // a pod may carry a KUBECONFIG for a file that is not there
  if (files.length === 0 && listed.length > 0 && !variables.KUBERNETES_SERVICE_HOST) throw missing;
  return files;
}

async function readKubeconfig(path: string): Promise<KubeconfigFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`kubeconfig ${path} cannot be used: ${reasonOf(cause)}`, { cause });
  }
  let content: unknown;
  try {
    const { parse } = await import('yaml');
    content = parse(text) ?? {};
  } catch (cause) {
    throw new ConfigError(`kubeconfig ${path} is no YAML: ${reasonOf(cause)}`, { cause });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new ConfigError(`kubeconfig ${path} is no kubeconfig`);
  return { path: resolve(path), content: content as KubeconfigFile['content'] };
}

type Section = 'contexts' | 'clusters' | 'users';

interface Entry {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The first file that has the name wins, as in kubectl. */
function find(files: readonly KubeconfigFile[], section: Section, name: string): Entry | undefined {
  for (const { path, content } of files) {
    for (const value of entriesOf(content[section], path, section))
      if (value.name === name) return { file: path, value };
  }
  return undefined;
}

function entriesOf(value: unknown, path: string, section: Section): readonly Readonly<Record<string, unknown>>[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.filter((entry) => typeof entry === 'object' && entry !== null);
  throw new ConfigError(`kubeconfig ${path}: ${section} must be a list`);
}

function unknownContext(files: readonly KubeconfigFile[], name: string): never {
  const names = files.flatMap(({ path, content }) =>
    entriesOf(content.contexts, path, 'contexts').map((entry) => String(entry.name)),
  );
  throw new ConfigError(
    `${sayFiles(files)}: context "${name}" is not defined; there ${names.length ? `are: ${names.join(', ')}` : 'are none'}`,
  );
}

const sayFiles = (files: readonly KubeconfigFile[]): string => `kubeconfig ${files.map(({ path }) => path).join(', ')}`;

interface Place {
  readonly file: string;
  readonly what: string;
}

const say = ({ file, what }: Place): string => `kubeconfig ${file}: ${what}`;

async function tlsOf(cluster: WireCluster, place: Place): Promise<TlsOptions> {
  const ca = await pem(cluster, 'certificate-authority', place);
  return {
    ...(ca !== undefined && { ca }),
    ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { insecure: true as const }),
  };
}

interface Circumstances {
  readonly name: string;
  readonly clusterName: string;
  readonly cluster: WireCluster;
  readonly tls: TlsOptions;
  readonly clock: Clock;
}

async function identityOf(
  entry: Entry,
  given: Circumstances,
): Promise<Pick<Connection, 'credentials' | 'impersonate'>> {
  const user = (entry.value.user ?? {}) as WireUser;
  const place = { file: entry.file, what: `user "${given.name}"` };
  const impersonate: Impersonation = {
    ...(user.as && { user: user.as }),
    ...(user['as-groups']?.length && { groups: user['as-groups'] }),
    ...(user['as-uid'] && { uid: user['as-uid'] }),
  };
  const credentials = await credentialsOf(user, place, given);
  return { credentials, ...(Object.keys(impersonate).length > 0 && { impersonate }) };
}

/** In kubectl's order: a token file beats a token, both beat a plugin; a certificate goes beside any of them. */
async function credentialsOf(user: WireUser, place: Place, given: Circumstances): Promise<CredentialSource> {
  const cert = await pem(user, 'client-certificate', place);
  const key = await pem(user, 'client-key', place);
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError(
      `${say(place)}: ${cert === undefined ? 'client-certificate' : 'client-key'} is not set, and each is of no use alone`,
    );
  }
  const own = { ...(cert !== undefined && { cert, key }) };
  const { exec, 'auth-provider': provider } = user;
  if (user.tokenFile) return beside(own, tokenFile(resolve(dirname(place.file), user.tokenFile), given.clock));
  if (user.token) return fixedCredentials({ ...own, authorization: `Bearer ${user.token}` });
  if (user.username) return fixedCredentials({ ...own, authorization: basic(user.username, user.password ?? '') });
  if (exec) {
    if (!exec.command) throw new ConfigError(`${say(place)}: exec.command is not set`);
    const { server } = given.cluster;
    return beside(
      own,
      execPlugin(
        exec,
        { where: say(place), directory: dirname(place.file), cluster: { server: server ?? '', tls: given.tls } },
        given.clock,
      ),
    );
  }
  if (provider) return beside(own, foreignCredentials({ name: given.name, where: say(place), provider }, given.clock));
  return fixedCredentials(own);
}

const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

function beside(
  own: { readonly cert?: string; readonly key?: string | undefined },
  source: CredentialSource,
): CredentialSource {
  const { cert, key } = own;
  if (cert === undefined || key === undefined) return source;
  const { renew } = source;
  return {
    get: async () => ({ cert, key, ...(await source.get()) }),
    ...(renew && { renew: async (refused) => ({ cert, key, ...(await renew(refused)) }) }),
  };
}

/** A field in its two forms: `name-data` in base64, or `name`, a file beside the kubeconfig. */
async function pem(owner: object, field: string, place: Place): Promise<string | undefined> {
  const fields = owner as Readonly<Record<string, string | undefined>>;
  const data = fields[`${field}-data`];
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const file = fields[field];
  if (!file) return undefined;
  const path = resolve(dirname(place.file), file);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${say(place)}: ${field} ${path} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

interface WireContext {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

interface WireCluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'proxy-url'?: string;
}

interface WireUser {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
  readonly exec?: ExecConfig;
  readonly 'auth-provider'?: { readonly name: string; readonly config?: Readonly<Record<string, string>> };
}
