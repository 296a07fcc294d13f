import type { Gate } from '../../../src/api/gate.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import type { Write } from '../../../src/apiserver/store.ts';
import { keyOf, span } from '../objects.ts';

type Condition = Gate['spec']['conditions'][number];

/** Follows what gates look at, and says what a write broke. */
export interface Gates {
  take(write: Write, at: number): string | undefined;
  isMet(condition: Condition, gate: Gate): boolean;
}

interface Subject {
  readonly kind?: string;
  readonly metadata?: object;
  readonly status?: {
    readonly phase?: string;
    readonly available?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The conditions that gates are given here, each read in the plainest way. */
const MET: Readonly<Record<string, (subject: Subject, condition: Condition) => boolean>> = {
  job: ({ status }) =>
    status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True') ?? false,
  barrier: ({ status }) => status?.phase === 'Open',
  lease: ({ status }, { state }) => status?.phase === (state ?? 'Available'),
  semaphore: ({ status }, { permits }) =>
    status?.phase !== 'Terminating' && (status?.available ?? -1) >= (permits ?? 1),
  gate: ({ status }) => status?.phase === 'Open',
};

const KINDS: Readonly<Record<string, string>> = {
  job: 'Job',
  barrier: 'Barrier',
  lease: 'Lease',
  semaphore: 'Semaphore',
  gate: 'Gate',
};

export function gates(): Gates {
  const subjects = new Map<string, Subject>();
  /** Every state of every subject that some condition was ever met in. */
  const everMet = new Set<string>();
  const born = new Map<string, number>();
  const known = new Map<string, Gate>();
  const conditions = new Map<string, { readonly condition: Condition; readonly gate: Gate }>();

  const subjectOf = (condition: Condition, gate: Gate): { readonly key: string; readonly form: string } => {
    const form = Object.keys(KINDS).find((key) => condition[key as keyof Condition] !== undefined) ?? '';
    const name = condition[form as 'job'];
    return { form, key: `${KINDS[form]} ${condition.namespace ?? gate.metadata.namespace}/${name}` };
  };

  const isMet = (condition: Condition, gate: Gate): boolean => {
    const { key, form } = subjectOf(condition, gate);
    const subject = subjects.get(key);
    return subject !== undefined && (MET[form]?.(subject, condition) ?? false);
  };

  const idOf = (condition: Condition, { metadata }: Gate): string => `${metadata.uid} ${JSON.stringify(condition)}`;

  const note = (): void => {
    for (const [id, { condition, gate }] of conditions) if (isMet(condition, gate)) everMet.add(id);
  };

  const takeGate = ({ type, object }: Write, at: number): string | undefined => {
    const gate = object as unknown as Gate;
    const { uid } = gate.metadata;
    const before = known.get(uid);
    if (!before) born.set(uid, at);
    known.set(uid, gate);
    for (const condition of gate.spec.conditions) conditions.set(idOf(condition, gate), { condition, gate });
    note();
    if (type === 'DELETED') return undefined;
    const [from, to] = [before?.status?.phase ?? 'Waiting', gate.status?.phase ?? 'Waiting'];
    if (from === to) return undefined;
    const byHand = gate.spec.conditions.length === 0;
    if (from === 'Failed') return `it went from Failed to ${to}`;
    if (from === 'Open' && gate.spec.latch && !byHand) return `it has a latch, and went from Open to ${to}`;
    if (to === 'Failed') return failed(gate, at - (born.get(uid) ?? at));
    if (to !== 'Open') return undefined;
    if (byHand) return gate.spec.open ? undefined : 'it opened, and nobody opened it';
    const unmet = gate.spec.conditions.find((condition) => !everMet.has(idOf(condition, gate)));
    return unmet && `it opened, and this never was so: ${JSON.stringify(unmet)}`;
  };

  return {
    isMet,
    take(write, at) {
      const object = write.object as unknown as KubeObject;
      const key = keyOf(object);
      if (write.type === 'DELETED') subjects.delete(key);
      else subjects.set(key, object as Subject);
      if (object.kind === 'Gate') return takeGate(write, at);
      if (conditions.size > 0) note();
      return undefined;
    },
  };
}

function failed({ spec }: Gate, waited: number): string | undefined {
  const timeout = span(spec.timeout) || Number.POSITIVE_INFINITY;
  return waited < timeout ? `it failed after ${waited} ms of ${timeout}` : undefined;
}
