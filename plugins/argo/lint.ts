import { asFields, type Fields, type Finding, type Found } from './finding.ts';
import { findingsInExecutorPlugin } from './lint-executor-plugin.ts';
import { findingsInWorkflow } from './lint-workflow.ts';

/** What a manifest would suffer in Argo, as far as it can be seen from the manifest alone. */
export function lint(manifest: unknown): readonly Finding[] {
  const object = asFields(manifest);
  const { name, generateName } = asFields(object['metadata']);
  const called = `${object['kind'] ?? 'object'}/${name ?? generateName ?? ''}`;
  return (RULES[String(object['kind'])]?.(object) ?? []).map((found) => ({ ...found, object: called }));
}

export const sayFinding = ({ effect, object, field, message }: Finding): string =>
  `${object}: ${field}: ${effect}: ${message}`;

const specOf = (object: Fields): Fields => asFields(object['spec']);

const RULES: Readonly<Record<string, (object: Fields) => readonly Found[]>> = {
  // only what the controller decodes in its informer can end it
  Workflow: (object) => findingsInWorkflow({ spec: specOf(object), at: 'spec', malformed: 'crashes' }),
  WorkflowTemplate: (object) => findingsInWorkflow({ spec: specOf(object), at: 'spec', malformed: 'fails' }),
  ClusterWorkflowTemplate: (object) => findingsInWorkflow({ spec: specOf(object), at: 'spec', malformed: 'fails' }),
  CronWorkflow: (object) =>
    findingsInWorkflow({
      spec: asFields(specOf(object)['workflowSpec']),
      at: 'spec.workflowSpec',
      malformed: 'crashes',
    }),
  ConfigMap: findingsInExecutorPlugin,
};
