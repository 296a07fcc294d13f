import {
  type Address,
  addressOf,
  durationOf,
  logLevelOf,
  parsedFlags,
  UsageError,
} from '../../src/kube/program-flags.ts';
import { PORT, TOKEN_FILE } from './names.ts';

/** How the plugin is run. */
export interface ArgoPluginSettings {
  readonly listen: Address;
  /** Undefined: whoever can reach it may call, which only loopback may offer. */
  readonly tokenFile: string | undefined;
  readonly longestWait: string | undefined;
  readonly logLevel: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

const LISTEN = `127.0.0.1:${PORT}`;

export const ARGO_PLUGIN_USAGE = `Usage: konductor argo-plugin [flags]

Answers the plugin steps of Argo Workflows; koncli argo install prints what runs it in every agent pod.

  --listen HOST:PORT       where the agent calls (${LISTEN})         KONDUCTOR_LISTEN
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

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** What flags and environment ask for, the flags first; `help` when only that was asked. */
export function argoPluginSettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ArgoPluginSettings | 'help' {
  const flags = parsedFlags(argv, FLAGS);
  if (flags.help) return 'help';
  const listen = addressOf(flags.listen ?? environment['KONDUCTOR_LISTEN'] ?? LISTEN, { like: LISTEN });
  const tokenFile = (flags['token-file'] ?? environment['KONDUCTOR_TOKEN_FILE'] ?? TOKEN_FILE) || undefined;
  if (tokenFile === undefined && !LOOPBACK.includes(listen.host)) {
    throw new UsageError(`--token-file may be empty only when --listen is on loopback, such as ${LISTEN}`);
  }
  const longestWait = durationOf('--longest-wait', flags['longest-wait'] ?? environment['KONDUCTOR_LONGEST_WAIT']);
  const logLevel = logLevelOf(flags['log-level'] ?? environment['KONDUCTOR_LOG_LEVEL']);
  return { listen, tokenFile, longestWait, logLevel, kubeconfig: flags.kubeconfig, context: flags.context };
}
