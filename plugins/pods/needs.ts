import * as z from 'zod';
import { parseDuration } from '../../src/api/duration.ts';
import { ANNOTATION_PREFIX, POD_ANNOTATIONS } from '../../src/api/gated-pod.ts';
import type { Step } from '../step.ts';
import { readStepRequest, type StepKind } from '../step-options.ts';
import { ownerOf, type Pod } from './pod.ts';

/** What a Pod asks for. */
export interface PodNeeds {
  /** In the order in which they are taken: the same for every Pod, whatever the order they were written in. */
  readonly steps: readonly Step[];
  /** Milliseconds from the Pod's creation. */
  readonly timeout: number | undefined;
  readonly onTimeout: 'keep' | 'delete';
  readonly releaseOn: 'Finished' | 'Ready';
}

export type ReadNeeds =
  | { readonly needs: PodNeeds; readonly problem?: never }
  | { readonly problem: string; readonly needs?: never };

/**
 * Where everybody can wait without keeping anybody waiting comes first, then what is held. Whoever waits for the next
 * of them holds only earlier ones, so that no ring of Pods can wait for each other.
 */
const ORDER = ['gate', 'barrier', 'semaphore', 'lease'] as const;
type Subject = (typeof ORDER)[number];

const KINDS: Readonly<Record<Subject, StepKind>> = {
  gate: 'Gate',
  barrier: 'Barrier',
  semaphore: 'Semaphore',
  lease: 'Lease',
};

const oneOf = (...values: readonly [string, ...string[]]) => z.enum(values);
const MODES = {
  'on-timeout': oneOf('keep', 'delete'),
  'release-on': oneOf('Finished', 'Ready'),
};

const KNOWN: ReadonlySet<string> = new Set(POD_ANNOTATIONS);

/** A Pod that names hundreds of things is a mistake. */
const MOST_NEEDS = 16;

/** Each version of a Pod is read several times, and never changes. */
const known = new WeakMap<Pod, ReadNeeds>();

/** Reads the annotations of a Pod; what is wrong with them is one sentence that names the first wrong one. */
export function needsOf(pod: Pod): ReadNeeds {
  const read = known.get(pod) ?? readNeeds(pod);
  known.set(pod, read);
  return read;
}

function readNeeds(pod: Pod): ReadNeeds {
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(pod.metadata.annotations ?? {}).sort()) {
    if (!key.startsWith(ANNOTATION_PREFIX)) continue;
    const name = key.slice(ANNOTATION_PREFIX.length);
    if (!KNOWN.has(name)) return wrong(name, `is not known: a Pod takes ${[...KNOWN].join(', ')}`);
    if (value.trim() !== '') given.set(name, value.trim());
  }
  for (const [name, values] of Object.entries(MODES)) {
    const value = given.get(name);
    if (value !== undefined && !values.safeParse(value).success) {
      return wrong(name, `must be ${values.options.join(' or ')}, not ${JSON.stringify(value)}`);
    }
  }
  const weights = listOf(given.get('weight'));
  const semaphores = listOf(given.get('semaphore'));
  if (weights.length > 1 && weights.length !== semaphores.length) {
    return wrong(
      'weight',
      `names ${weights.length} weights for ${semaphores.length} semaphores: give one for all or one each`,
    );
  }
  if (weights.length > 0 && semaphores.length === 0) return wrong('weight', 'goes with a semaphore');

  const steps: Step[] = [];
  for (const subject of ORDER) {
    const names = listOf(given.get(subject));
    for (const [index, place] of names.entries()) {
      const weight = subject === 'semaphore' ? (weights[index] ?? weights[0]) : undefined;
      const read = stepOf(pod, subject, place, { ...taken(subject, given), ...(weight && { weight }) });
      if ('problem' in read) return read;
      steps.push(read.step);
    }
    if (new Set(names).size !== names.length) return wrong(subject, 'names the same one twice');
  }
  if (steps.length === 0) {
    const some = ORDER.map((subject) => ANNOTATION_PREFIX + subject).join(', ');
    return { problem: `no annotation says what the Pod waits for: give one of ${some}` };
  }
  if (steps.length > MOST_NEEDS)
    return wrong('semaphore', `and its like name ${steps.length} things; at most ${MOST_NEEDS} can be taken at once`);

  const timeout = given.get('timeout');
  const milliseconds = timeout === undefined ? undefined : parseDuration(timeout);
  if (timeout !== undefined && milliseconds === undefined) {
    return wrong('timeout', `must be a duration such as "30s", "10m" or "1h30m", not ${JSON.stringify(timeout)}`);
  }
  return {
    needs: {
      steps: steps.sort((a, b) => compare(orderOf(a), orderOf(b))),
      timeout: milliseconds,
      onTimeout: given.get('on-timeout') === 'delete' ? 'delete' : 'keep',
      releaseOn: given.get('release-on') === 'Ready' ? 'Ready' : 'Finished',
    },
  };
}

/** What is said once and meant for each of them. The time to wait is one for all: it is not a step's. */
function taken(subject: Subject, given: ReadonlyMap<string, string>): Record<string, string> {
  if (subject !== 'semaphore' && subject !== 'lease') return {};
  const options: Record<string, string> = {};
  for (const name of ['priority', 'ttl']) {
    const value = given.get(name);
    if (value !== undefined) options[name] = value;
  }
  return options;
}

/** A place is a name, or a namespace and a name: `db` or `shared/db`. */
function stepOf(
  pod: Pod,
  subject: Subject,
  place: string,
  options: Readonly<Record<string, string>>,
): { readonly step: Step } | { readonly problem: string } {
  const { namespace = '', name: holder, uid, creationTimestamp } = pod.metadata;
  const slash = place.indexOf('/');
  const [where, name] = slash < 0 ? [undefined, place] : [place.slice(0, slash), place.slice(slash + 1)];
  const kind = KINDS[subject];
  const { request, problem } = readStepRequest(kind, {
    name,
    ...(where !== undefined && { namespace: where }),
    ...options,
  });
  if (problem !== undefined) {
    const [field = '', ...words] = problem.split(': ');
    return wrong(field === 'name' || field === 'namespace' ? subject : field, words.join(': '));
  }
  const resource = { kind, name, namespace: request.namespace ?? namespace };
  return {
    step: {
      ...{ resource, action: request.action, options: request.options, namespace },
      identity: { run: uid, step: `pod/${subject}/${resource.namespace}/${name}`, holder },
      owner: ownerOf(pod),
      askedAt: Date.parse(creationTimestamp),
    },
  };
}

const orderOf = ({ resource: { kind, namespace, name } }: Step): readonly [number, string, string] => [
  ORDER.findIndex((subject) => KINDS[subject] === kind),
  namespace,
  name,
];

function compare(a: readonly [number, string, string], b: readonly [number, string, string]): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  // not by any locale: two operators of two machines must agree
  const [x, y] = a[1] === b[1] ? [a[2], b[2]] : [a[1], b[1]];
  return x < y ? -1 : x > y ? 1 : 0;
}

const listOf = (value = ''): string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

const wrong = (name: string, message: string): { readonly problem: string } => ({
  problem: `annotation ${ANNOTATION_PREFIX}${name} ${message}`,
});
