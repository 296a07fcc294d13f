import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { spawnGuarded } from './guard.ts';

/** A mount of its own takes the right to mount, which only root has, and only on Linux. */
export const canRunContainers = spawnSync('unshare', ['--mount', '--uts', 'true']).status === 0;

/** What a Pod says of a container, as far as it is acted on here. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentEntry[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  /** An initContainer that is restarted whenever it ends: a native sidecar. */
  readonly restartPolicy?: 'Always';
  readonly startupProbe?: Probe;
}

interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

/** Where a container runs: what its Pod and its node give it. */
export interface Surroundings {
  readonly podName: string;
  /** Folder with token, ca.crt and namespace. */
  readonly serviceAccount: string;
  /** A folder for each volume that containers share. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly variables: Readonly<Record<string, string>>;
  /** Values of `fieldRef`s, by their path. */
  readonly fields: Readonly<Record<string, string>>;
  readonly onLine: (container: string, text: string) => void;
}

/** One life of one container, as a process with a mount and a host name of its own. */
export interface Container {
  readonly startedAt: string;
  /** Kept when it has ended, with what a kubelet would call its exit code. */
  readonly ended: Promise<number>;
  /** Asks it to end, waits, then kills it with everything it has started. */
  stop(graceMs: number): Promise<void>;
  /** Kept once the startup probe has passed; at once without one. */
  started(): Promise<void>;
}

/** Programs of the project are called in containers, and a checkout may lie in /tmp. */
const PROJECT = join(import.meta.dirname, '..', '..');

/**
 * /run and /tmp are the container's own, so that the service account lies where a pod finds it and nothing of it is
 * left on this machine. The rest of the file system is the machine's: there is no image.
 */
const BECOME_CONTAINER = `
set -e
account=$1; host=$2; mounts=$3; project=$4; shift 4
mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
[ -L /var/run ] || { mount -t tmpfs tmpfs /var/run; mkdir -p /var/run/secrets/kubernetes.io/serviceaccount; mount --bind "$account" /var/run/secrets/kubernetes.io/serviceaccount; }
mount --bind "$account" /run/secrets/kubernetes.io/serviceaccount
mkdir /run/volumes
for each in $mounts; do mkdir -p "/run/volumes/\${each%%=*}"; mount --bind "\${each#*=}" "/run/volumes/\${each%%=*}"; done
mkdir /run/project
mount --bind "$project" /run/project
mount -t tmpfs tmpfs /tmp
case $project in /tmp/*) mkdir -p "$project"; mount --bind /run/project "$project";; esac
for each in $mounts; do path=$(echo "\${each%%=*}" | tr : /); mkdir -p "$path"; mount --bind "/run/volumes/\${each%%=*}" "$path"; done
hostname "$host"
cd /
exec "$@"`;

export function startContainer(spec: ContainerSpec, surroundings: Surroundings): Container {
  const { podName, serviceAccount, volumes, onLine } = surroundings;
  const command = [...(spec.command ?? []), ...(spec.args ?? [])];
  if (command.length === 0)
    throw new Error(`container ${spec.name} has no command, and there is no image to ask for one`);
  // a path cannot be the name of a folder: slashes are written as colons
  const mounts = (spec.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const folder = volumes.get(name);
    return folder ? [`${mountPath.replaceAll('/', ':')}=${folder}`] : [];
  });
  const child = spawnGuarded(
    'unshare',
    [
      '--mount',
      '--uts',
      '/bin/sh',
      '-c',
      BECOME_CONTAINER,
      'container',
      serviceAccount,
      podName,
      mounts.join(' '),
      PROJECT,
      ...command,
    ],
    { env: environmentOf(spec, surroundings), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const { pid } = child;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => onLine(spec.name, line));
  }
  const gone = new AbortController();
  const ended = once(child, 'close').then(([code, signal]) => {
    gone.abort();
    return signal ? 128 + (SIGNALS[signal as string] ?? 0) : (code as number);
  });
  void once(child, 'exit').then(() => kill(pid, 'SIGKILL', 'group')); // a container ends with its first process

  return {
    startedAt: new Date().toISOString(),
    ended,

    async stop(graceMs) {
      // like a kubelet: to the container's first process alone
      kill(pid, 'SIGTERM', 'process');
      await Promise.race([ended, pause(graceMs, undefined, { signal: gone.signal, ref: false }).catch(() => {})]);
      kill(pid, 'SIGKILL', 'group');
      await ended;
    },

    async started() {
      const probe = spec.startupProbe?.exec?.command;
      if (!probe) return;
      const { periodSeconds = 10, failureThreshold = 3 } = spec.startupProbe ?? {};
      for (let failures = 0; failures < failureThreshold; failures++) {
        if (gone.signal.aborted) throw new Error(`${spec.name} ended before it had started`);
        if ((await runInside(pid, probe, environmentOf(spec, surroundings))) === 0) return;
        await pause(periodSeconds * 1_000, undefined, { signal: gone.signal }).catch(() => {});
      }
      throw new Error(`the startup probe of ${spec.name} has failed ${failureThreshold} times`);
    },
  };
}

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** As a kubelet runs the command of a probe: beside the container's process, seeing what that sees. */
async function runInside(pid: number | undefined, command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawnGuarded('nsenter', ['--mount', '--uts', '--target', String(pid), '--', ...command], {
    env,
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const [code] = await once(child, 'exit');
  return (code as number | null) ?? 1;
}

function environmentOf({ env = [] }: ContainerSpec, { podName, variables, fields }: Surroundings): NodeJS.ProcessEnv {
  const said = env.map(({ name, value, valueFrom }): [string, string] => {
    const path = valueFrom?.fieldRef?.fieldPath;
    return [name, value ?? (path === undefined ? '' : (fields[path] ?? ''))];
  });
  return { HOSTNAME: podName, HOME: '/', ...variables, ...Object.fromEntries(said) };
}

function kill(pid: number | undefined, signal: NodeJS.Signals, what: 'process' | 'group'): void {
  if (pid === undefined) return;
  try {
    process.kill(what === 'group' ? -pid : pid, signal);
  } catch {
    // it has gone already
  }
}

/** The folders that a Pod's containers share, one for each of its emptyDirs. */
export async function makeVolumes(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const made = names.map((name): [string, string] => [name, join(folder, name)]);
  for (const [, path] of made) await mkdir(path, { recursive: true });
  return new Map(made);
}
