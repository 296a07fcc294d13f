import type { NewKubeObject } from '../../src/kube/resource-type.ts';

const NAME = 'konductor-argo-plugin-body';

/** CEL: true for a template without a plugin, or with one that has the one key Argo can read. */
const readable = (template: string) =>
  `!has(${template}.plugin) || (type(${template}.plugin) == map && size(${template}.plugin) == 1)`;

const TEMPLATES = 'has(object.spec.templates) ? object.spec.templates : []';

/** What a Workflow may bring along that its controller decodes. */
const RULES: readonly { readonly expression: string; readonly of: string }[] = [
  { of: 'a template', expression: `variables.templates.all(t, ${readable('t')})` },
  {
    of: 'spec.templateDefaults',
    expression: `!has(object.spec.templateDefaults) || ${readable('object.spec.templateDefaults')}`,
  },
  {
    of: 'an inline template in steps',
    expression: `variables.templates.all(t, !has(t.steps) || t.steps.all(group, type(group) != list || group.all(step, !has(step.inline) || ${readable('step.inline')})))`,
  },
  {
    of: 'an inline template in a dag',
    expression: `variables.templates.all(t, !has(t.dag) || !has(t.dag.tasks) || t.dag.tasks.all(task, !has(task.inline) || ${readable('task.inline')}))`,
  },
];

/**
 * Refuses the Workflow that ends Argo's controller: a plugin body with no key or several makes its informer panic, at
 * every start, until that Workflow is deleted. Somebody else's malformed plugin does so as well, hence for everybody.
 */
export const bodyPolicy = (): readonly (NewKubeObject & { readonly [field: string]: unknown })[] => [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: NAME },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['argoproj.io'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['workflows'],
          },
        ],
      },
      variables: [{ name: 'templates', expression: TEMPLATES }],
      validations: RULES.map(({ expression, of }) => ({
        expression,
        message: `${of} has a plugin body without exactly one key, which stops Argo's controller: give each plugin a template of its own`,
      })),
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: NAME },
    spec: { policyName: NAME, validationActions: ['Deny'] },
  },
];
