import { setMaxListeners } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterAccess, type ClusterSeed, openCluster } from './access.ts';
import { binaries } from './binaries.ts';
import { type Component, component, type KillSignal } from './component.ts';
import { established } from './established.ts';
import { filesIn, IMPERSONATOR, writeCredentials } from './files.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags } from './flags.ts';
import { removeIfOrphaned } from './guard.ts';
import { isHealthy } from './http.ts';
import { freePort } from './ports.ts';
import { until } from './until.ts';

export type ComponentName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

export interface ClusterOptions {
  /** Files or folders of CRDs to apply first: the garbage collector looks for kinds it does not know every 30 s only. */
  readonly crds?: readonly string[];
  /** More flags for a program; they come after ours. */
  readonly flags?: Partial<Readonly<Record<ComponentName, readonly string[]>>>;
}

/** A real control plane of this process alone. */
export interface Cluster extends ClusterAccess, AsyncDisposable {
  /** What another process needs to open the same cluster. */
  readonly seed: ClusterSeed;
  pid(component: ComponentName): number | undefined;
  /** Path of a component's log, which goes on over restarts. */
  logs(component: ComponentName): string;
  /** Resolves when the process has gone. */
  kill(component: ComponentName, signal?: KillSignal): Promise<void>;
  /**
   * Brings a killed component back on the same data and port; resolves when it is ready. After a long outage of the
   * API server its controllers take up to a minute to ask again: kill and start them too when a test cannot wait.
   */
  start(component: ComponentName): Promise<void>;
  /** Ends every process and removes the folder. */
  stop(): Promise<void>;
}

/** Starts etcd, an API server and a controller manager. Needs nothing but their programs; leaves nothing behind. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      // between our look at a port and the server's, somebody else may have taken it
      const portWasTaken = error instanceof Error && error.message.includes('address already in use');
      if (!portWasTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}

const START_ATTEMPTS = 3;
const RECOVERY_MS = 60_000;

async function startOnce({ crds = [], flags = {} }: ClusterOptions): Promise<Cluster> {
  const programs = await binaries();
  const dir = await mkdtemp(join(tmpdir(), 'konductor-cluster-'));
  const dismissJanitor = removeIfOrphaned(dir);
  const files = filesIn(dir);
  const broken = new AbortController();
  setMaxListeners(0, broken.signal); // every call that is under way listens
  const components = {} as Record<ComponentName, Component>;

  const define = (name: ComponentName, args: readonly string[], ready: () => Promise<boolean>) => {
    const program = {
      name,
      command: programs[name],
      args: [...args, ...(flags[name] ?? [])],
      log: files.log(name),
      ready,
    };
    components[name] = component(program, broken);
    return components[name];
  };
  const tell = () => void process.stderr.write(`the test control plane is broken: ${broken.signal.reason}\n`);
  const stop = async () => {
    broken.signal.removeEventListener('abort', tell);
    if (!broken.signal.aborted) broken.abort(new Error('the test control plane has been stopped'));
    await Promise.all(Object.values(components).map((each) => each.kill('SIGKILL')));
    await rm(dir, { recursive: true, force: true });
    dismissJanitor();
  };

  try {
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const apiServerIsReady = () => isHealthy({ port, path: '/readyz' });
    const etcd = define('etcd', etcdFlags(files), () => isHealthy({ socketPath: files.etcdSocket, path: '/health' }));
    const [tokens] = await Promise.all([writeCredentials(files), etcd.start()]);
    await define('kube-apiserver', apiServerFlags(files, port), apiServerIsReady).start();

    const seed = { url, ca: await readFile(files.ca, 'utf8'), dir, kubectl: programs.kubectl, tokens };
    const access = openCluster(seed, broken.signal);
    await allowImpersonation(access);
    await applyCrds(access, crds);

    const managerPort = await freePort();
    const managerFlags = controllerManagerFlags(files, managerPort, await access.kubeconfig());
    const managerIsReady = () => isHealthy({ port: managerPort, path: '/healthz' });
    await define('kube-controller-manager', managerFlags, managerIsReady).start();
    broken.signal.addEventListener('abort', tell, { once: true }); // even when no test asks it anything any more

    return {
      ...access,
      seed,
      pid: (name) => components[name].pid(),
      logs: (name) => files.log(name),
      kill: (name, signal = 'SIGKILL') => components[name].kill(signal),
      async start(name) {
        await components[name].start();
        if (name !== 'etcd' || !components['kube-apiserver'].pid()) return;
        // the API server redials a database that came back with a delay of its own
        const what = 'the API server is ready again';
        await until(apiServerIsReady, { within: RECOVERY_MS, what, signal: broken.signal });
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function allowImpersonation({ request }: ClusterAccess): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'], verbs: ['impersonate'] }];
  const subjects = [{ kind: 'User', apiGroup, name: IMPERSONATOR }];
  const roleRef = { apiGroup, kind: 'ClusterRole', name: IMPERSONATOR };
  const metadata = { name: IMPERSONATOR };
  const answers = await Promise.all([
    request('POST', `/apis/${apiGroup}/v1/clusterroles`, { metadata, rules }),
    request('POST', `/apis/${apiGroup}/v1/clusterrolebindings`, { metadata, roleRef, subjects }),
  ]);
  const refused = answers.find(({ status }) => status !== 201);
  if (refused) throw new Error(`identities cannot be set up: ${JSON.stringify(refused.body)}`);
}

async function applyCrds({ kubectl }: ClusterAccess, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const files = paths.map((path) => `--filename=${path}`);
  const { code, stderr } = await kubectl(['apply', '--server-side', ...files]);
  if (code !== 0) throw new Error(`the definitions were refused: ${stderr}`);
  await established({ kubectl });
}
