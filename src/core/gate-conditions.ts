import { GATE_SUBJECTS, type Gate, type GateSubject } from '../api/gate.ts';
import { API_VERSION } from '../api/group.ts';

type Written = Gate['spec']['conditions'][number];

export type SubjectType = (typeof GATE_SUBJECTS)[GateSubject]['type'];

/** The object a condition is about: all an operator needs to watch it by name. */
export interface SubjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A condition of a gate, the same whether it was written in the short form or in the typed one. */
export interface GateCondition {
  readonly subject: SubjectReference;
  readonly wants: Wants;
  /** What is waited for: `job data-loader to be Complete`. */
  readonly phrase: string;
}

export type Wants =
  | { readonly is: 'state'; readonly type: SubjectType; readonly state: string }
  | { readonly is: 'permits'; readonly permits: number; readonly state: string | undefined }
  | { readonly is: 'when'; readonly when: string };

const API_VERSIONS: Readonly<Record<SubjectType, string>> = {
  Job: 'batch/v1',
  Pod: 'v1',
  Workflow: 'argoproj.io/v1alpha1',
  PipelineRun: 'tekton.dev/v1',
  Barrier: API_VERSION,
  Lease: API_VERSION,
  Semaphore: API_VERSION,
  Gate: API_VERSION,
};

const SHORT_FORMS = Object.keys(GATE_SUBJECTS) as GateSubject[];

export const conditionsOfGate = (gate: Gate): GateCondition[] =>
  gate.spec.conditions.map((written) => conditionOf(written, gate.metadata.namespace ?? ''));

function conditionOf(written: Written, ownNamespace: string): GateCondition {
  const namespace = written.namespace ?? ownNamespace;
  const where = namespace === ownNamespace ? '' : `${namespace}/`;
  if (written.resource) {
    const { apiVersion, kind, name } = written.resource;
    return {
      subject: { apiVersion, kind, namespace, name },
      wants: { is: 'when', when: written.when ?? '' },
      phrase: `${kind} ${where}${name} to be as \`when\` says`,
    };
  }
  const short = SHORT_FORMS.find((form) => written[form] !== undefined || GATE_SUBJECTS[form].type === written.type);
  // the schema lets nothing else through
  if (!short) throw new TypeError(`a condition of a gate names no subject: ${JSON.stringify(written)}`);
  const { type } = GATE_SUBJECTS[short];
  const name = written[short] ?? written.name ?? '';
  const wants = wantsOf(written, short);
  return {
    subject: { apiVersion: API_VERSIONS[type], kind: type, namespace, name },
    wants,
    phrase: `${short} ${where}${name} ${aim(wants)}`,
  };
}

function wantsOf(written: Written, short: GateSubject): Wants {
  const { type, states } = GATE_SUBJECTS[short];
  const permits = written.permits ?? written.value;
  // a full semaphore has none free, however many were asked for
  if (type !== 'Semaphore' || written.state === 'Full') return { is: 'state', type, state: written.state ?? states[0] };
  return { is: 'permits', permits: permits ?? 1, state: written.state };
}

function aim(wants: Wants): string {
  if (wants.is === 'state') return `to be ${wants.state}`;
  if (wants.is === 'permits') return `to have ${wants.permits} ${wants.permits === 1 ? 'permit' : 'permits'} free`;
  return '';
}
