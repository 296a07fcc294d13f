import * as z from 'zod';
import { conditions, observedGeneration } from './condition.ts';
import { duration } from './duration.ts';
import { age, column, defineKind, type ObjectOf, wideColumn } from './kind.ts';
import { namespaceName, objectName, resourceReference } from './names.ts';
import { count } from './quantity.ts';
import { oneWay, type Rule, rule, withRules } from './rule.ts';
import { printable, text } from './text.ts';
import { timestamp } from './time.ts';

/** What a gate can look at, and the states each can be asked for; the first is what a condition without `state` means. */
export const GATE_SUBJECTS = {
  job: { type: 'Job', states: ['Complete', 'Failed', 'Active'] },
  barrier: { type: 'Barrier', states: ['Open', 'Closed', 'Failed', 'Timeout'] },
  lease: { type: 'Lease', states: ['Available', 'Held', 'Acquired'] },
  semaphore: { type: 'Semaphore', states: ['Ready', 'Full'] },
  gate: { type: 'Gate', states: ['Open', 'Closed', 'Failed'] },
  pod: { type: 'Pod', states: ['Ready', 'Running', 'Succeeded', 'Failed'] },
  workflow: { type: 'Workflow', states: ['Succeeded', 'Failed', 'Error', 'Running'] },
  pipelineRun: { type: 'PipelineRun', states: ['Succeeded', 'Failed', 'Running'] },
} as const;

export type GateSubject = keyof typeof GATE_SUBJECTS;

const SUBJECTS = Object.entries(GATE_SUBJECTS);
const TYPES = SUBJECTS.map(([, { type }]) => type);
const oneOf = (values: readonly string[]) => `[${values.map((value) => `'${value}'`).join(', ')}]`;
const sayOneOf = (values: readonly string[]) => values.map((value) => `"${value}"`).join(', ');

const subject = (short: string) =>
  objectName()
    .optional()
    .describe(`Name of a ${GATE_SUBJECTS[short as GateSubject].type}.`);

/** True when a condition is about the subject, in the short form or in the typed one. */
const isAbout = (short: string, type: string) => `(has(self.${short}) || (has(self.type) && self.type == '${type}'))`;

const oneSubject: Rule = rule(
  '',
  `name exactly one of ${SUBJECTS.map(([short]) => short).join(', ')}, resource, or type with name`,
  `${['type', 'resource', ...SUBJECTS.map(([short]) => short)].map((field) => `(has(self.${field}) ? 1 : 0)`).join(' + ')} == 1`,
);

const conditionRules: Rule[] = [
  oneSubject,
  rule('.name', 'type and name go together', 'has(self.type) == has(self.name)'),
  rule('.when', 'when and resource go together', 'has(self.when) == has(self.resource)'),
  rule('.state', 'state does not go with resource: say it in when', '!has(self.resource) || !has(self.state)'),
  rule(
    '.permits',
    'permits goes with a semaphore only',
    `!has(self.permits) || ${isAbout('semaphore', GATE_SUBJECTS.semaphore.type)}`,
  ),
  rule(
    '.value',
    'value goes with type "Semaphore" only',
    "!has(self.value) || (has(self.type) && self.type == 'Semaphore')",
  ),
  rule('.value', 'value and permits mean the same: give one', '!has(self.value) || !has(self.permits)'),
  ...SUBJECTS.map(([short, { type, states }]) =>
    rule(
      '.state',
      `state of a ${short} must be one of ${sayOneOf(states)}`,
      `!${isAbout(short, type)} || !has(self.state) || self.state in ${oneOf(states)}`,
    ),
  ),
];

const gateCondition = withRules(
  z.strictObject({
    job: subject('job'),
    barrier: subject('barrier'),
    lease: subject('lease'),
    semaphore: subject('semaphore'),
    gate: subject('gate'),
    pod: subject('pod'),
    workflow: subject('workflow'),
    pipelineRun: subject('pipelineRun'),
    resource: resourceReference().optional().describe('Any other object; `when` says what it must be like.'),
    type: z
      .enum(TYPES)
      .optional()
      .describe('The kind of subject, in the typed form: `type: Job` with `name: x` means `job: x`.'),
    name: objectName().optional().describe('Name of the subject, in the typed form.'),
    namespace: namespaceName().optional().describe("Namespace of the subject when it is not the gate's."),
    state: text(32, { min: 1 })
      .optional()
      .describe('The state it must be in. Not set: the one that lets work go on, such as `Complete`.'),
    permits: count(1).optional().describe('How many permits of the semaphore must be free.'),
    value: count(1).optional().describe('The same as `permits`, in the typed form.'),
    when: printable(1_024, 1)
      .optional()
      .describe('CEL over the live object, called `object`: `object.status.readyReplicas >= 2`.'),
  }),
  conditionRules,
);

const spec = withRules(
  z.strictObject({
    conditions: z
      .array(gateCondition)
      .max(32)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('What must be so, all of it, for the gate to open. Empty: people open it, with `open`.'),
    open: z.boolean().optional().describe('Opens or closes a gate that has no conditions.'),
    timeout: duration()
      .optional()
      .describe('How long to wait for the conditions; then the gate is `Failed`. Not set, or `0s`: for ever.'),
    latch: z
      .boolean()
      .default(true)
      .describe('Once open, stay open. `false`: close again when a condition is no longer met.'),
  }),
  [rule('.open', 'open is for gates without conditions', '!has(self.open) || size(self.conditions) == 0')],
);

const status = z.strictObject({
  phase: z
    .enum(['Waiting', 'Open', 'Failed'])
    .optional()
    .describe('`Open`: all conditions are met. `Failed`: they were not in time.'),
  conditionStatuses: z
    .array(
      z.strictObject({
        type: text(63, { min: 1 }).describe('Kind of the subject.'),
        name: printable(253).describe('Name of the subject.'),
        met: z.boolean().describe('Whether the condition is met.'),
        message: text(1_024).optional().describe('What is so now, for people.'),
      }),
    )
    .max(32)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Each condition of the spec, in its order.'),
  openedAt: timestamp().optional().describe('When it opened.'),
  observedGeneration: observedGeneration(),
  conditions: conditions(),
});

export const Gate = defineKind({
  kind: 'Gate',
  plural: 'gates',
  singular: 'gate',
  shortName: 'kgate',
  summary: 'A Gate is closed until all its conditions are met, or until somebody opens it.',
  spec: spec.prefault({}),
  status,
  rules: [
    // a gate without conditions, or without a latch, may close again
    oneWay({ Waiting: ['Open', 'Failed'] }, 'size(self.spec.conditions) == 0 || !self.spec.latch'),
  ],
  columns: [
    column('Phase', '.status.phase'),
    column('Reason', '.status.conditions[?(@.type=="Open")].reason'),
    column('Opened', '.status.openedAt', 'date'),
    wideColumn('Message', '.status.conditions[?(@.type=="Open")].message'),
    age,
  ],
  selectable: [],
  example: {
    conditions: [
      { job: 'data-loader', state: 'Complete' },
      { semaphore: 'example', permits: 2 },
    ],
  },
});

export type Gate = ObjectOf<typeof Gate>;
