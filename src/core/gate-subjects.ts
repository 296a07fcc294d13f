import { judge } from './gate-cel.ts';
import type { GateCondition, SubjectReference, SubjectType } from './gate-conditions.ts';

/** What an operator knows of the subject of a condition. */
export type Sight =
  | { readonly state: 'found'; readonly object: unknown }
  | { readonly state: 'missing' }
  /** The gate may not look there: whether something is there is nobody's business. */
  | { readonly state: 'forbidden' }
  /** The operator lacks the right, or the server has no such kind. */
  | { readonly state: 'unreadable' }
  /** Not looked at yet. */
  | { readonly state: 'unknown' };

export interface Check {
  readonly is: 'met' | 'unmet' | 'invalid' | 'unreadable' | 'unknown';
  /** What is so now, for people. */
  readonly message: string;
}

export function checkOf({ subject, wants }: GateCondition, sight: Sight): Check {
  switch (sight.state) {
    case 'missing':
    case 'forbidden':
      return { is: 'unmet', message: 'is not there yet' };
    case 'unreadable':
      return { is: 'unreadable', message: missingRight(subject) };
    case 'unknown':
      return { is: 'unknown', message: 'is not known yet' };
  }
  const { object } = sight;
  if (wants.is === 'when') return checkWhen(wants.when, object);
  if (wants.is === 'permits') return checkPermits(object, wants.permits, wants.state);
  const states = STATES[wants.type](object);
  const message = states[0] === undefined ? 'has no status yet' : `is ${states[0]}`;
  return { is: states.includes(wants.state) ? 'met' : 'unmet', message };
}

const missingRight = ({ apiVersion, kind, namespace }: SubjectReference): string =>
  `the operator may not read ${kind} of ${apiVersion} in namespace ${namespace}: let it get, list and watch them`;

function checkWhen(when: string, object: unknown): Check {
  const verdict = judge(when, object);
  if (verdict.is === 'met') return { is: 'met', message: 'is as `when` says' };
  return { is: verdict.is === 'invalid' ? 'invalid' : 'unmet', message: verdict.message.slice(0, LONGEST_MESSAGE) };
}

/** As the schema of a gate has it. */
const LONGEST_MESSAGE = 1_024;

function checkPermits(object: unknown, permits: number, state: string | undefined): Check {
  const available = at(object, 'status', 'available');
  const phase = at(object, 'status', 'phase');
  if (typeof available !== 'number') return { is: 'unmet', message: 'has no status yet' };
  if (phase === 'Terminating') return { is: 'unmet', message: 'is being deleted' };
  const isMet = available >= permits && (state === undefined || phase === state);
  return { is: isMet ? 'met' : 'unmet', message: `has ${available} free` };
}

/** The states an object is in: first the one that people know it by. None while it has not said. */
const STATES: Readonly<Record<SubjectType, (object: unknown) => readonly string[]>> = {
  Job: (job) => {
    // never by counts: a job with one success of many is not complete
    if (condition(job, 'Complete') === 'True') return ['Complete'];
    if (condition(job, 'Failed') === 'True') return ['Failed'];
    const active = at(job, 'status', 'active');
    if (typeof active === 'number' && active > 0) return ['Active'];
    return at(job, 'spec', 'suspend') === true ? ['Suspended'] : [];
  },
  Barrier: (barrier) => phaseOr(barrier, 'Open', 'Closed'),
  Gate: (gate) => phaseOr(gate, 'Open', 'Closed'),
  Lease: (lease) => phasesOf(lease).flatMap((phase) => (phase === 'Held' ? [phase, 'Acquired'] : [phase])),
  Semaphore: (semaphore) => phasesOf(semaphore),
  Pod: (pod) => [...phasesOf(pod), ...(condition(pod, 'Ready') === 'True' ? ['Ready'] : [])],
  Workflow: (workflow) => phasesOf(workflow),
  PipelineRun: (run) => {
    const succeeded = condition(run, 'Succeeded');
    if (succeeded === undefined) return [];
    return [succeeded === 'True' ? 'Succeeded' : succeeded === 'False' ? 'Failed' : 'Running'];
  },
};

/** Whatever is not that phase has also the other name, in which older clients ask for it. */
const phaseOr = (object: unknown, phase: string, otherwise: string): string[] =>
  phasesOf(object).flatMap((is) => (is === phase ? [is] : [is, otherwise]));

function phasesOf(object: unknown): string[] {
  const phase = at(object, 'status', 'phase');
  return typeof phase === 'string' && phase !== '' ? [phase.slice(0, LONGEST_PHASE)] : [];
}

/** Phases of other people's kinds are shown as they are, but for a limit. */
const LONGEST_PHASE = 63;

function condition(object: unknown, type: string): unknown {
  const conditions = at(object, 'status', 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  return at(
    conditions.find((one) => at(one, 'type') === type),
    'status',
  );
}

/** Reads what may not be there, of objects that nobody has checked. */
function at(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined,
    object,
  );
}
