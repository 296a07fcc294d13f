import { parseArgs } from 'node:util';
import { parseDuration } from '../../src/api/duration.ts';
import { PORT, TOKEN_FILE } from './names.ts';

/** How the plugin is run. */
export interface ArgoPluginSettings {
  readonly listen: { readonly host: string; readonly port: number };
  /** Undefined: whoever can reach it may call, which only loopback may offer. */
  readonly tokenFile: string | undefined;
  readonly longestWait: string | undefined;
  readonly logLevel: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** The program was called wrongly: the message says how it is called. */
export class ArgoUsageError extends Error {
  override readonly name = 'UsageError';
}

export const ARGO_PLUGIN_USAGE = `Usage: konductor argo-plugin [flags]

Answers the plugin steps of Argo Workflows; koncli argo install prints what runs it in every agent pod.

  --listen HOST:PORT       where the agent calls (127.0.0.1:${PORT})         KONDUCTOR_LISTEN
  --token-file FILE        what the agent must show (${TOKEN_FILE})   KONDUCTOR_TOKEN_FILE
                           empty: nothing, on loopback only
  --longest-wait DURATION  of a step that sets no timeout (for ever)       KONDUCTOR_LONGEST_WAIT
  --log-level LEVEL        debug, info, warn, error (info)                 KONDUCTOR_LOG_LEVEL
  --kubeconfig FILE        instead of the pod's service account
  --context NAME           of the kubeconfig
  --help
`;

const FLAGS = {
  listen: { type: 'string' },
  'token-file': { type: 'string' },
  'longest-wait': { type: 'string' },
  'log-level': { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** What flags and environment ask for, the flags first; `help` when only that was asked. */
export function argoPluginSettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ArgoPluginSettings | 'help' {
  const flags = parsed(argv);
  if (flags.help) return 'help';
  const listen = addressOf(flags.listen ?? environment['KONDUCTOR_LISTEN'] ?? `127.0.0.1:${PORT}`);
  const tokenFile = (flags['token-file'] ?? environment['KONDUCTOR_TOKEN_FILE'] ?? TOKEN_FILE) || undefined;
  if (tokenFile === undefined && !LOOPBACK.includes(listen.host)) {
    throw new ArgoUsageError('--token-file may be empty only when --listen is on loopback, such as 127.0.0.1:4355');
  }
  const longestWait = (flags['longest-wait'] ?? environment['KONDUCTOR_LONGEST_WAIT']) || undefined;
  if (longestWait !== undefined && parseDuration(longestWait) === undefined) {
    throw new ArgoUsageError('--longest-wait must be a duration such as 30m or 2h');
  }
  const logLevel = flags['log-level'] ?? environment['KONDUCTOR_LOG_LEVEL'] ?? 'info';
  if (!LEVELS.includes(logLevel)) throw new ArgoUsageError(`--log-level must be one of ${LEVELS.join(', ')}`);
  return { listen, tokenFile, longestWait, logLevel, kubeconfig: flags.kubeconfig, context: flags.context };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new ArgoUsageError((error as Error).message, { cause: error });
  }
}

function addressOf(text: string): ArgoPluginSettings['listen'] {
  const [, host, port] = /^(.*):([0-9]{1,5})$/.exec(text) ?? [];
  if (!host || port === undefined || Number(port) > 65_535) {
    throw new ArgoUsageError('--listen must be like 127.0.0.1:4355');
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
