import { readStepRequest } from '../step-options.ts';
import { asFields, asList, type Fields, type Found } from './finding.ts';
import type { Place } from './lint-workflow.ts';
import { NODE_ANNOTATION, PLUGIN_KEY } from './names.ts';
import { isOneOf, STEPS } from './request.ts';

/** What is wrong with a template that a plugin is to run. */
export function findingsInPlugin(place: Place): readonly Found[] {
  const { template, at, workflow } = place;
  if (template['plugin'] === undefined) return [];
  const plugin = asFields(template['plugin']);
  const keys = Object.keys(plugin);
  if (keys.length !== 1) {
    const effect = workflow.malformed;
    const harm = effect === 'crashes' ? "it stops Argo's controller, at every start" : 'Argo calls it malformed';
    const message = `must have exactly one key, has ${keys.length}: ${harm}; give each plugin a template of its own`;
    return [{ effect, field: `${at}.plugin`, message }];
  }
  if (!Object.hasOwn(plugin, PLUGIN_KEY)) return [];
  const steps = asFields(plugin[PLUGIN_KEY]);
  const [kind, ...others] = Object.keys(steps);
  const field = `${at}.plugin.${PLUGIN_KEY}`;
  if (kind === undefined || others.length > 0 || !isOneOf(STEPS, kind)) {
    return [{ effect: 'fails', field, message: `must have exactly one of ${Object.keys(STEPS).join(', ')}` }];
  }
  const step: StepToLint = { ...place, kind, body: asFields(steps[kind]), field: `${field}.${kind}` };
  return [
    ...bodyOf(step),
    ...tagsOf(step),
    ...identityOf(step),
    ...deadlinesOf(step),
    ...outputsOf(step),
    ...memoryOf(step),
  ];
}

interface StepToLint extends Place {
  readonly kind: keyof typeof STEPS;
  readonly body: Fields;
  readonly field: string;
}

/** The same reading as when it runs, of what is known before Argo has filled in the rest. */
function bodyOf({ kind, body, field }: StepToLint): readonly Found[] {
  const { key: _, attempt: __, ...asked } = body;
  const known = Object.entries(asked)
    .filter(([name, value]) => name === 'name' || !isTag(value))
    .map(([name, value]) => [name, name === 'name' && isTag(value) ? 'filled-in' : value]);
  const { problem } = readStepRequest(STEPS[kind], Object.fromEntries(known));
  return problem === undefined ? [] : [{ effect: 'fails', field, message: problem }];
}

const UNRESOLVED = ['pod.name', 'workflow.priority'];

const tagsOf = ({ body, field }: StepToLint): readonly Found[] =>
  UNRESOLVED.filter((tag) => JSON.stringify(body).includes(`{{${tag}}}`)).map((tag) => ({
    effect: 'fails',
    field,
    message: `Argo resolves no {{${tag}}} in a plugin body, and calls the workflow invalid`,
  }));

function identityOf({ body, field, annotations, isInline, uses }: StepToLint): readonly Found[] {
  if (annotations[NODE_ANNOTATION] !== undefined) return [];
  const key = String(body['key'] ?? '');
  const mend = `or set templateDefaults.annotations["${NODE_ANNOTATION}"] to "{{node.name}}", for the workflow or the whole controller`;
  if (isInline && key.includes('{{node.name}}')) {
    const message = `in an inline template {{node.name}} is the name of the enclosing steps or dag: two of them are one step; name the template, ${mend}`;
    return [{ effect: 'collides', field: `${field}.key`, message }];
  }
  const loops = uses.some(({ step }) => LOOPS.some((loop) => step[loop] !== undefined));
  if ((loops || uses.length > 1) && !key.includes('{{')) {
    const message = `several steps run this template and nothing tells them apart: write key: "{{node.name}}", ${mend}`;
    return [{ effect: 'collides', field: `${field}.key`, message }];
  }
  return [];
}

const LOOPS = ['withItems', 'withParam', 'withSequence'];

function deadlinesOf({ template, at, body, field, workflow, uses }: StepToLint): readonly Found[] {
  const found: Found[] = [];
  const waits = !['release', 'renew'].includes(String(body['action'])) && !body['timeout'] && !body['whenUnavailable'];
  const say = (effect: Found['effect'], where: string, message: string) =>
    found.push({ effect, field: where, message: `${message}; set timeout in ${field}` });
  if (waits && workflow.spec['activeDeadlineSeconds'] !== undefined) {
    say('hangs', `${workflow.at}.activeDeadlineSeconds`, 'Argo does not reliably end a waiting plugin step by it');
  }
  if (template['activeDeadlineSeconds'] !== undefined) {
    say('hangs', `${at}.activeDeadlineSeconds`, 'it has no effect on plugin steps');
  }
  if (template['timeout'] === undefined) return found;
  if (template['retryStrategy'] !== undefined) {
    say('hangs', `${at}.timeout`, 'together with a retryStrategy Argo does not enforce it on a plugin step');
  }
  if (uses.some(({ by }) => by === 'steps')) {
    say('fails', `${at}.timeout`, 'in steps it fails the whole workflow at once, whatever continueOn says');
  }
  return found;
}

/** Argo answers from its cache, and the step is never run: it would take nothing, arrive nowhere and wait for nobody. */
const memoryOf = ({ template, at }: StepToLint): readonly Found[] =>
  template['memoize'] === undefined
    ? []
    : [
        {
          effect: 'skips',
          field: `${at}.memoize`,
          message: 'a result that is found again holds nothing: leave it out',
        },
      ];

/** Argo wants to know where a value comes from, and has one form for "from the plugin". */
const outputsOf = ({ template, at }: StepToLint): readonly Found[] =>
  asList(asFields(template['outputs'])['parameters']).flatMap((parameter, index) => {
    const { value, valueFrom } = asFields(parameter);
    const from = Object.keys(asFields(valueFrom)).filter((form) => form !== 'default');
    if (value !== undefined || from.some((form) => TAKEN.includes(form))) return [];
    const message = 'Argo refuses the workflow without a source: write valueFrom: {supplied: {}}';
    return [{ effect: 'fails' as const, field: `${at}.outputs.parameters[${index}]`, message }];
  });

const TAKEN = ['supplied', 'path', 'parameter', 'expression', 'jqFilter', 'jsonPath', 'event', 'configMapKeyRef'];

const isTag = (value: unknown): boolean => typeof value === 'string' && value.includes('{{');
