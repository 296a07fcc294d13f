import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Step } from '../step.ts';
import { readStepRequest, type StepKind } from '../step-options.ts';
import { ownerOf, type Template, type WorkflowReference } from './kinds.ts';
import { NODE_ANNOTATION, PLUGIN_KEY } from './names.ts';

/** What Argo's agent sends. More than this may come, and is nobody's business here. */
const call = z.object({
  workflow: z.object({
    metadata: z.object({ name: z.string().min(1), namespace: z.string().min(1), uid: z.string().min(1) }),
  }),
  template: z.looseObject({
    name: z.string().optional(),
    plugin: z.record(z.string(), z.unknown()).optional(),
    annotations: z.record(z.string(), z.string()).nullish(),
    inputs: z.unknown().optional(),
  }),
});

export type ReadCall =
  | { readonly is: 'step'; readonly step: Step; readonly key: string; readonly workflow: WorkflowReference }
  /** Some other plugin's, or Argo's own business. */
  | { readonly is: 'foreign' }
  | { readonly is: 'mistaken'; readonly problem: string };

/** Reads the body of a `template.execute`. */
export function readCall(body: unknown): ReadCall {
  const parsed = call.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    // what we cannot read cannot be ours: another plugin may know it
    if (!isOurs((body as { template?: Template } | undefined)?.template)) return { is: 'foreign' };
    return { is: 'mistaken', problem: `the call is not one of Argo's: ${issue?.path.join('.')}: ${issue?.message}` };
  }
  const { workflow, template } = parsed.data;
  return readTemplate(workflow.metadata, template as Template);
}

const isOurs = (template: Template | undefined): boolean =>
  typeof template?.plugin === 'object' && template.plugin !== null && Object.hasOwn(template.plugin, PLUGIN_KEY);

/** Reads a template that Argo wants run; who watches the task set also knows the id of its node. */
export function readTemplate(workflow: WorkflowReference, template: Template, nodeId?: string): ReadCall {
  if (!isOurs(template)) return { is: 'foreign' };
  const body = template.plugin?.[PLUGIN_KEY];
  const [kind, ...others] = isRecord(body) ? Object.keys(body) : [];
  const written = kind === undefined ? undefined : (body as Record<string, unknown>)[kind];
  if (kind === undefined || others.length > 0 || !isOneOf(STEPS, kind)) {
    return mistaken(`plugin.${PLUGIN_KEY} must have exactly one of ${Object.keys(STEPS).join(', ')}`);
  }
  const where = `plugin.${PLUGIN_KEY}.${kind}`;
  if (!isRecord(written)) return mistaken(`${where} must have fields, such as name: ${kind}-1`);
  const { key, attempt, ...asked } = written;
  const { request, problem } = readStepRequest(STEPS[kind], asked);
  if (problem !== undefined) return mistaken(`${where}.${problem}`);
  const node = nodeOf(template, key, nodeId);
  const step: Step = {
    resource: { kind: request.kind, name: request.name, namespace: request.namespace ?? workflow.namespace },
    action: request.action,
    options: request.options,
    identity: {
      run: workflow.uid,
      step: node,
      attempt: nodeId === undefined ? attemptOf(attempt) : undefined,
      holder: holderOf(workflow, template, key, node),
    },
    namespace: workflow.namespace,
    owner: ownerOf(workflow),
  };
  return { is: 'step', step, key: keyOf(step), workflow };
}

/** Tells steps apart: the same text for every call about one. A key that its user chose may stand in several. */
function keyOf({ resource, action, identity }: Step): string {
  const { run, step, attempt = '' } = identity;
  return [run, step, attempt, action, resource.kind, resource.namespace, resource.name].join('\n');
}

/** What a body is about. */
export const STEPS = {
  semaphore: 'Semaphore',
  lease: 'Lease',
  barrier: 'Barrier',
  gate: 'Gate',
} as const satisfies Readonly<Record<string, StepKind>>;

export const isOneOf = <T extends object>(table: T, key: string): key is keyof T & string => Object.hasOwn(table, key);

const mistaken = (problem: string): ReadCall => ({ is: 'mistaken', problem });

/**
 * The agent does not say which node it asks for. An annotation that the controller fills in is right wherever the
 * template stands; `{{node.name}}` in a body is not in an inline one, where it is that of the enclosing node.
 */
function nodeOf(template: Template, key: unknown, nodeId: string | undefined): string {
  return nodeId ?? filledIn(template.annotations?.[NODE_ANNOTATION]) ?? filledIn(key) ?? fingerprint(template);
}

/** A name that Argo put in, and not the tag for it. */
const filledIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' && !value.includes('{{') ? value : undefined;

/** Without a name two steps are the same when they ask for the same: loops whose items are not in the body are one. */
const fingerprint = ({ name, inputs, plugin }: Template): string => {
  const parameters = isRecord(inputs) && Array.isArray(inputs['parameters']) ? inputs['parameters'] : [];
  // an agent writes their fields in another order than the API server
  const given = parameters.map((parameter) => (isRecord(parameter) ? [parameter['name'], parameter['value']] : []));
  return `${name ?? 'inline'}-${hashOf(JSON.stringify([name, given, plugin]))}`;
};

/** `{{retries}}` comes as a text, and as it is written when there is no retryStrategy. */
const attemptOf = (value: unknown): number | undefined => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
};

const LONGEST_HOLDER = 253;

/** For people, and for barriers, which count every holder once: so of no two workflows of a namespace the same. */
function holderOf({ name }: WorkflowReference, template: Template, key: unknown, node: string): string {
  const shown = filledIn(template.annotations?.[NODE_ANNOTATION]) ?? filledIn(key) ?? node;
  const holder = printable(shown.startsWith(name) ? shown : `${name}/${shown}`);
  const characters = [...holder];
  if (characters.length <= LONGEST_HOLDER) return holder;
  const mark = `-${hashOf(holder)}`;
  return characters.slice(0, LONGEST_HOLDER - mark.length).join('') + mark;
}

// an item of a loop may have brought along a line break
const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
