import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spawnGuarded } from './guard.ts';

/** Programs of one Go module, pinned by the go.mod in `folder`. */
export interface GoModule<Name extends string> {
  readonly folder: string;
  /** The module whose version the programs carry. */
  readonly path: string;
  readonly commands: Readonly<Record<Name, string>>;
  readonly linkFlags?: (version: string) => string;
  /** What to expect of a first build, said before it starts. */
  readonly patience: string;
}

/** Builds what is not built yet, once a machine: programs are cached by what the go.mod says, not by checkout. */
export async function build<Name extends string>(module: GoModule<Name>, names: readonly Name[]) {
  const goMod = await readFile(join(module.folder, 'go.mod'), 'utf8');
  const folder = join(cacheFolder(), createHash('sha256').update(goMod).digest('hex').slice(0, 12));
  const version = requiredVersion(goMod, module.path);

  const built = {} as Record<Name, string>;
  for (const name of names) {
    built[name] = join(folder, name);
    if (!existsSync(built[name])) await buildOne(module, name, version, folder);
  }
  return built;
}

/** Runs the go command in a module's folder and gives what it printed; a failure carries its words. */
export async function go(folder: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, GOWORK: 'off' }; // a go.work further up would change the pinned versions
  const child = spawnGuarded('go', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  if (!child.stdout || !child.stderr) throw new Error('go was started without pipes');
  const [[code], printed, complaints] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code === 0) return printed.trim();
  if (code === NOT_FOUND) {
    throw new Error('Go is needed to build the test control plane: install it, or set KUBEBUILDER_ASSETS');
  }
  throw new Error(`go ${args.join(' ')} failed in ${folder}:\n${complaints.split('\n').slice(-30).join('\n')}`);
}

const NOT_FOUND = 127; // what a shell answers for a command that does not exist
const HEARTBEAT_MS = 20_000;

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'konductor', 'cluster');
}

function requiredVersion(goMod: string, path: string): string {
  const line = goMod.split('\n').find((each) => each.trim().startsWith(`${path} v`));
  const version = line?.trim().split(' ')[1];
  if (!version) throw new Error(`go.mod requires no version of ${path}`);
  return version;
}

async function buildOne<Name extends string>(module: GoModule<Name>, name: Name, version: string, folder: string) {
  await mkdir(folder, { recursive: true });
  const staging = await mkdtemp(join(folder, '.building-'));
  const began = Date.now();
  const elapsed = () => `${Math.round((Date.now() - began) / 1000)} s`;
  say(`building ${name} ${version} from its Go module, ${module.patience} the first time`);
  const heartbeat = setInterval(() => say(`still building ${name} (${elapsed()})`), HEARTBEAT_MS);
  try {
    const linkFlags = module.linkFlags?.(version) ?? '-s -w';
    await go(module.folder, ['build', '-ldflags', linkFlags, '-o', join(staging, name), module.commands[name]]);
    await rename(join(staging, name), join(folder, name)); // whole or not at all; whoever else builds it is welcome
    say(`built ${name} ${version} in ${elapsed()}`);
  } finally {
    clearInterval(heartbeat);
    await rm(staging, { recursive: true, force: true });
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
