import * as z from 'zod';
import { duration, formatDuration } from '../src/api/duration.ts';
import { holderName, namespaceName, objectName } from '../src/api/names.ts';
import { count, int64, priority } from '../src/api/quantity.ts';

export const STEP_KINDS = ['Semaphore', 'Lease', 'Barrier', 'Gate'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const STEP_ACTIONS = ['acquire', 'release', 'renew', 'arrive', 'wait', 'arrive-and-wait'] as const;
export type StepAction = (typeof STEP_ACTIONS)[number];

interface Verbs {
  readonly actions: readonly StepAction[];
  /** What a step does that says nothing. */
  readonly usual: StepAction;
  readonly options: readonly OptionName[];
}

const HELD = ['holder', 'ttl', 'priority', 'timeout', 'whenUnavailable', 'claim'] as const;

const VERBS: Readonly<Record<StepKind, Verbs>> = {
  Semaphore: {
    actions: ['acquire', 'release', 'renew'],
    usual: 'acquire',
    options: [...HELD, 'weight', 'permits'],
  },
  Lease: { actions: ['acquire', 'release', 'renew'], usual: 'acquire', options: HELD },
  Barrier: {
    actions: ['arrive', 'wait', 'arrive-and-wait'],
    usual: 'arrive-and-wait',
    options: ['holder', 'timeout', 'generation'],
  },
  Gate: { actions: ['wait'], usual: 'wait', options: ['timeout'] },
};

/** Templates and params make texts of everything. */
const number = <T extends z.ZodType<number>>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value), schema);
/** A bare number is seconds, as in the client library. */
const time = () =>
  z.preprocess((value) => {
    const seconds = typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : value;
    return typeof seconds === 'number' && seconds >= 0 && seconds < 1e9 ? formatDuration(seconds * 1_000) : seconds;
  }, duration());

const options = {
  /** Who holds or arrives; not set: the step itself. */
  holder: holderName(),
  /** How many permits it takes. */
  weight: number(count(1)),
  priority: number(priority()),
  ttl: time(),
  /** How long it waits. */
  timeout: time(),
  whenUnavailable: z.enum(['wait', 'fail']),
  /** The semaphore is made with so many when there is none, and never changed by it. */
  permits: number(count(1)),
  /** Of a cyclic barrier. */
  generation: number(int64()),
  /** Which of the claims that this run holds is meant; not set: all of them. */
  claim: objectName(),
};

type OptionName = keyof typeof options;

const fields = z.object(options).partial();
export type StepOptions = z.output<typeof fields>;

/** What a user wrote about a step, understood. */
export interface StepRequest {
  readonly kind: StepKind;
  readonly action: StepAction;
  readonly name: string;
  /** Not set: the run's own. */
  readonly namespace: string | undefined;
  readonly options: StepOptions;
}

/** The request, or one sentence that says what is wrong with it and where. */
export type ReadRequest =
  | { readonly request: StepRequest; readonly problem?: never }
  | { readonly problem: string; readonly request?: never };

/** Made once: making a schema takes as long as reading with it twenty times. */
const all = fields.extend({ name: objectName(), namespace: namespaceName().optional() });

/**
 * Reads what somebody wrote: `whenUnavailable` may also be written `when-unavailable`, every scalar as a text, and an
 * empty text is as good as nothing, since a template cannot leave a field out.
 */
export function readStepRequest(kind: StepKind, written: Readonly<Record<string, unknown>>): ReadRequest {
  const { actions, usual, options: known } = VERBS[kind];
  const kebabs = new Map<string, string>();
  const given: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(written)) {
    if (value === '' || value === undefined || value === null) continue;
    const name = key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (Object.hasOwn(given, name)) return { problem: `${name}: is given twice` };
    kebabs.set(name, key);
    given[name] = typeof value === 'string' ? value.trim() : value;
  }
  const said = (field: string, message: string): ReadRequest => ({
    problem: `${kebabs.get(field) ?? field}: ${message}`,
  });

  const { action = usual, ...rest } = given;
  if (!actions.includes(action as StepAction)) {
    return said('action', `must be one of ${list(actions)} for a ${kind}, not ${show(action)}`);
  }
  for (const field of Object.keys(rest)) {
    if (field === 'name' || field === 'namespace' || known.includes(field as OptionName)) continue;
    return said(field, `is not known to a ${kind}, which takes ${list(['action', 'name', 'namespace', ...known])}`);
  }
  const parsed = all.safeParse(rest, { reportInput: true });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return said(String(issue?.path[0] ?? ''), issue ? sayIssue(issue) : 'is wrong');
  }
  const { name, namespace, ...read } = parsed.data;
  const problem = togetherProblem(action as StepAction, read);
  if (problem) return said(...problem);
  return { request: { kind, action: action as StepAction, name, namespace, options: read } };
}

/** What each field allows and all of them do not. */
function togetherProblem(
  action: StepAction,
  { permits, weight, whenUnavailable, timeout, claim }: StepOptions,
): [field: string, message: string] | undefined {
  if (permits !== undefined && weight !== undefined && weight > permits) {
    return ['weight', `is ${weight}, more than the ${permits} permits that there are to be`];
  }
  if (whenUnavailable === 'fail' && timeout !== undefined) {
    return ['timeout', 'does not go with whenUnavailable "fail", which never waits'];
  }
  if (claim !== undefined && action === 'acquire') {
    return ['claim', 'goes with release and renew only: an acquire makes its own'];
  }
  return undefined;
}

function sayIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      return `must be a ${issue.expected === 'int' || issue.expected === 'number' ? 'whole number' : issue.expected}, not ${show(issue.input)}`;
    case 'too_small':
      return `must be at least ${issue.minimum}, not ${show(issue.input)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}, not ${show(issue.input)}`;
    case 'invalid_value':
      return `must be one of ${list(issue.values.map(String))}, not ${show(issue.input)}`;
    default:
      return `${issue.message}, not ${show(issue.input)}`;
  }
}

const LONGEST_SHOWN = 60;
function show(value: unknown): string {
  // some nest deeper than can be written out
  const text =
    JSON.stringify(value, (key, inner) => (key && inner && typeof inner === 'object' ? '…' : inner)) ?? String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

const list = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(', ');
