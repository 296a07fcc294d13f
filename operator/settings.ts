import { type Address, addressOf, durationOf, logLevelOf, parsedFlags, UsageError } from '../src/kube/program-flags.ts';

/** How an operator is run. */
export interface Settings {
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly leaderElect: boolean;
  readonly electionNamespace: string | undefined;
  readonly electionName: string;
  /** Where health and metrics are served; port 0 is any that is free. */
  readonly listen: Address;
  readonly logLevel: string;
  readonly doors: readonly DoorName[];
  /** Of a step of Argo that does not say, such as `1h`; undefined: for ever. */
  readonly argoLongestWait: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** What can be opened beside the custom resources, each with rights of its own. */
export const DOOR_NAMES = ['tekton', 'argo-tasksets', 'pods'] as const;
export type DoorName = (typeof DOOR_NAMES)[number];

const LISTEN = '0.0.0.0:8080';

export const USAGE = `Usage: konductor operator [flags]

  --namespaces NAMES         watch only these, separated by commas   KONDUCTOR_NAMESPACES
  --leader-elect BOOL        let one of several act (true)           KONDUCTOR_LEADER_ELECT
  --election-namespace NAME  where they agree who                    POD_NAMESPACE
  --election-name NAME       under which name (konductor-operator)   KONDUCTOR_ELECTION_NAME
  --listen HOST:PORT         health and metrics (${LISTEN})       KONDUCTOR_LISTEN
  --tekton                   run Tekton's CustomRuns                 KONDUCTOR_DOORS=tekton,…
  --argo-tasksets            answer Argo's steps without an agent    KONDUCTOR_DOORS=argo-tasksets,…
  --argo-longest-wait TIME   of a step that sets no timeout (none)   KONDUCTOR_ARGO_LONGEST_WAIT
  --pods                     ungate Pods when their turn comes       KONDUCTOR_DOORS=pods,…
  --log-level LEVEL          debug, info, warn, error (info)         KONDUCTOR_LOG_LEVEL
  --kubeconfig FILE          instead of the pod's service account
  --context NAME             of the kubeconfig
  --help
`;

const FLAGS = {
  namespaces: { type: 'string' },
  'leader-elect': { type: 'string' },
  'election-namespace': { type: 'string' },
  'election-name': { type: 'string' },
  listen: { type: 'string' },
  tekton: { type: 'boolean' },
  'argo-tasksets': { type: 'boolean' },
  'argo-longest-wait': { type: 'string' },
  pods: { type: 'boolean' },
  'log-level': { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What flags and environment ask for, the flags first; `help` when only that was asked. */
export function settingsOf(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Settings | 'help' {
  const flags = parsedFlags(argv, FLAGS);
  if (flags.help) return 'help';
  const namespaces = listOf(flags.namespaces ?? environment['KONDUCTOR_NAMESPACES']);
  return {
    namespaces: namespaces.length > 0 ? namespaces : undefined,
    leaderElect: booleanOf('--leader-elect', flags['leader-elect'] ?? environment['KONDUCTOR_LEADER_ELECT'] ?? 'true'),
    electionNamespace: flags['election-namespace'] ?? environment['POD_NAMESPACE'],
    electionName: flags['election-name'] ?? environment['KONDUCTOR_ELECTION_NAME'] ?? 'konductor-operator',
    listen: addressOf(flags.listen ?? environment['KONDUCTOR_LISTEN'] ?? LISTEN, { like: LISTEN, anyHost: '0.0.0.0' }),
    logLevel: logLevelOf(flags['log-level'] ?? environment['KONDUCTOR_LOG_LEVEL']),
    doors: doorsOf(flags, environment['KONDUCTOR_DOORS']),
    argoLongestWait: durationOf(
      '--argo-longest-wait',
      flags['argo-longest-wait'] ?? environment['KONDUCTOR_ARGO_LONGEST_WAIT'],
    ),
    kubeconfig: flags.kubeconfig,
    context: flags.context,
  };
}

function doorsOf(flags: Readonly<Partial<Record<DoorName, boolean>>>, variable: string | undefined): DoorName[] {
  const named = listOf(variable);
  const unknown = named.find((name) => !DOOR_NAMES.some((door) => door === name));
  if (unknown) throw new UsageError(`KONDUCTOR_DOORS must name some of ${DOOR_NAMES.join(', ')}, not "${unknown}"`);
  return DOOR_NAMES.filter((door) => flags[door] ?? named.includes(door));
}

const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

function booleanOf(flag: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new UsageError(`${flag} must be true or false`);
}
