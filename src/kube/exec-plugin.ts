import { spawn } from 'node:child_process';
import { isAbsolute, resolve, sep } from 'node:path';
import type { Clock } from '../api/clock.ts';
import { ConfigError } from './config-error.ts';
import type { TlsOptions } from './connection.ts';
import { type CredentialSource, type Fresh, renewable } from './credentials.ts';

/** A user's `exec` in a kubeconfig. */
export interface ExecConfig {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  readonly provideClusterInfo?: boolean;
}

export interface ExecCircumstances {
  /** What an error message begins with. */
  readonly where: string;
  /** A command with a path in it is relative to this. */
  readonly directory: string;
  readonly cluster: { readonly server: string; readonly tls: TlsOptions };
}

/** Credentials from a program, as cloud providers ship them (client.authentication.k8s.io). */
export function execPlugin(config: ExecConfig, given: ExecCircumstances, clock: Clock): CredentialSource {
  return renewable(async () => freshOf(await run(config, given), given.where, clock), clock);
}

const API_VERSION = 'client.authentication.k8s.io/v1';
/** Asked for anew this long before the end, so that no call is under way with a token that ends. */
const EARLY = 5_000;

interface ExecCredential {
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

function run(config: ExecConfig, { where, directory, cluster }: ExecCircumstances): Promise<string> {
  const { command, args, env, installHint, interactiveMode = 'IfAvailable' } = config;
  const path = command.includes(sep) && !isAbsolute(command) ? resolve(directory, command) : command;
  const interactive = interactiveMode !== 'Never' && process.stdin.isTTY === true;
  const variables: NodeJS.ProcessEnv = {
    ...process.env,
    KUBERNETES_EXEC_INFO: JSON.stringify(infoOf(config, interactive, cluster)),
  };
  for (const { name, value } of env ?? []) variables[name] = value;

  return new Promise((done, failed) => {
    // its words on stderr are for the user: a login page to open, or why it fails
    const child = spawn(path, args ?? [], {
      env: variables,
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.once('error', (cause) => {
      const hint = installHint ? `: ${installHint.trim()}` : '';
      failed(new ConfigError(`${where}: exec.command ${command} cannot be run (${cause.message})${hint}`, { cause }));
    });
    child.once('close', (code, signal) => {
      if (code === 0) done(out);
      else failed(new ConfigError(`${where}: exec.command ${command} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

function infoOf(
  { apiVersion = API_VERSION, provideClusterInfo }: ExecConfig,
  interactive: boolean,
  { server, tls }: ExecCircumstances['cluster'],
) {
  const cluster = {
    server,
    'certificate-authority-data': tls.ca && Buffer.from(tls.ca).toString('base64'),
    'tls-server-name': tls.servername,
    'insecure-skip-tls-verify': tls.insecure,
  };
  return { apiVersion, kind: 'ExecCredential', spec: { interactive, ...(provideClusterInfo && { cluster }) } };
}

function freshOf(output: string, where: string, clock: Clock): Fresh {
  let credential: ExecCredential;
  try {
    credential = JSON.parse(output) as ExecCredential;
  } catch (cause) {
    throw new ConfigError(`${where}: exec.command did not print an ExecCredential`, { cause });
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = credential?.status ?? {};
  if (!token && !(cert && key))
    throw new ConfigError(`${where}: exec.command gave neither a token nor a client certificate`);
  const left = expirationTimestamp === undefined ? Number.NaN : Date.parse(expirationTimestamp) - clock.now();
  return {
    credentials: { ...(token && { authorization: `Bearer ${token}` }), ...(cert && key && { cert, key }) },
    milliseconds: Number.isNaN(left) ? undefined : Math.max(0, left - EARLY),
  };
}
