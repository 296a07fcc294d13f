import { asFields, asList, type Fields, type Found } from './finding.ts';
import { findingsInPlugin } from './lint-step.ts';

interface WorkflowToLint {
  readonly spec: Fields;
  readonly at: string;
  /** What a body that cannot be decoded does. */
  readonly malformed: 'crashes' | 'fails';
}

/** A template, wherever it stands. */
export interface Place {
  readonly template: Fields;
  readonly at: string;
  /** Its node.name is that of the steps or dag around it. */
  readonly isInline: boolean;
  /** Defaults count as said. */
  readonly annotations: Fields;
  readonly workflow: WorkflowToLint;
  /** How it is used, as far as this manifest shows. */
  readonly uses: readonly Use[];
}

/** A step or a task that runs a template. */
export interface Use {
  readonly step: Fields;
  readonly at: string;
  readonly by: 'steps' | 'dag';
}

export function findingsInWorkflow(workflow: WorkflowToLint): readonly Found[] {
  const { spec, at } = workflow;
  const templates = asList(spec['templates']).map(asFields);
  const uses = templates.flatMap((template, index) => usesIn(template, `${at}.templates[${index}]`));
  const defaults = asFields(spec['templateDefaults']);
  const annotationsOf = (template: Fields) => ({
    ...asFields(defaults['annotations']),
    ...asFields(template['annotations']),
  });
  const named = templates.map(
    (template, index): Place => ({
      template,
      at: `${at}.templates[${index}]`,
      isInline: false,
      annotations: annotationsOf(template),
      workflow,
      uses: uses.filter(({ step }) => step['template'] !== undefined && step['template'] === template['name']),
    }),
  );
  const inline = uses
    .filter(({ step }) => step['inline'] !== undefined)
    .map((use): Place => {
      const template = asFields(use.step['inline']);
      const annotations = annotationsOf(template);
      return { template, at: `${use.at}.inline`, isInline: true, annotations, workflow, uses: [use] };
    });
  const places = [...named, ...inline];
  return [
    ...parametersAt(asFields(spec['arguments']), `${at}.arguments`),
    ...places.flatMap(({ template, at }) => parametersAt(asFields(template['inputs']), `${at}.inputs`)),
    ...uses.flatMap(({ step, at }) => [
      ...parametersAt(asFields(step['arguments']), `${at}.arguments`),
      ...nodeNamesIn(asFields(step['arguments']), `${at}.arguments`),
    ]),
    ...places.flatMap(findingsInPlugin),
  ];
}

function usesIn(template: Fields, at: string): readonly Use[] {
  const steps = asList(template['steps']).flatMap((group, row) =>
    asList(group).map((step, column) => ({
      step: asFields(step),
      at: `${at}.steps[${row}][${column}]`,
      by: 'steps' as const,
    })),
  );
  const tasks = asList(asFields(template['dag'])['tasks']).map((task, index) => ({
    step: asFields(task),
    at: `${at}.dag.tasks[${index}]`,
    by: 'dag' as const,
  }));
  return [...steps, ...tasks];
}

const parametersAt = ({ parameters }: Fields, at: string): readonly Found[] =>
  asList(parameters).flatMap((parameter, index) => {
    const { value } = asFields(parameter);
    if (typeof value !== 'number' && typeof value !== 'boolean') return [];
    const message = `must be a text: Kubernetes refuses the manifest; write "${value}" in quotes`;
    return [{ effect: 'fails' as const, field: `${at}.parameters[${index}].value`, message }];
  });

const nodeNamesIn = ({ parameters }: Fields, at: string): readonly Found[] =>
  asList(parameters).flatMap((parameter, index) => {
    if (!String(asFields(parameter)['value']).includes('{{node.name}}')) return [];
    const message =
      'is here the name of the enclosing steps or dag, the same for all its steps: write it in the plugin body';
    return [{ effect: 'collides' as const, field: `${at}.parameters[${index}].value`, message }];
  });
