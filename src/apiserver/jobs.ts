import type { Problem } from '../api/problem.ts';
import type { BuiltInRules } from './built-in-rules.ts';
import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { podSpecDefaults, podSpecProblems, specOf } from './pods.ts';
import type { StoredMeta, StoredObject } from './stored-object.ts';

/** Jobs as an API server alone keeps them: nothing makes pods of them. */
export const jobRules: BuiltInRules = {
  generation: true,
  defaults: (job) => ({ ...job, spec: jobDefaults(specOf(job)) }),
  prepare: (job, old) => (old ? job : labelled(job)),
  problems: (job, old) => [
    ...jobProblems(specOf(job), 'spec'),
    ...(old ? templateProblems(job, old) : []),
    ...statusProblems(job, old),
  ],
};

export const cronJobRules: BuiltInRules = {
  generation: true,
  defaults: (cronJob) => {
    const spec = specOf(cronJob);
    const template = isObject(spec['jobTemplate']) ? spec['jobTemplate'] : {};
    return {
      ...cronJob,
      spec: {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        ...spec,
        jobTemplate: { metadata: {}, ...template, spec: templateOf(specOf(template)) },
      },
    };
  },
  prepare: (cronJob, old) => (old ? cronJob : { ...cronJob, status: {} }),
  problems: (cronJob) => {
    const spec = specOf(cronJob);
    const template = isObject(spec['jobTemplate']) ? spec['jobTemplate'] : {};
    return [
      ...(spec['schedule'] ? [] : [{ field: 'spec.schedule', message: 'Required value' }]),
      ...jobProblems(specOf(template), 'spec.jobTemplate.spec'),
    ];
  },
};

function jobDefaults(spec: JsonObject): JsonObject {
  const template = isObject(spec['template']) ? spec['template'] : {};
  const once = spec['completions'] === undefined && spec['parallelism'] === undefined;
  return {
    parallelism: 1,
    ...(once && { completions: 1 }),
    backoffLimit: 6,
    manualSelector: false,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
    ...spec,
    template: { ...template, spec: templateDefaults(specOf(template)) },
  };
}

function templateOf(spec: JsonObject): JsonObject {
  const template = isObject(spec['template']) ? spec['template'] : {};
  return { ...spec, template: { metadata: {}, ...template, spec: templateDefaults(specOf(template)) } };
}

/** A Job must say when a pod is run again: there is no default. */
function templateDefaults(spec: JsonObject): JsonObject {
  const { restartPolicy: _, ...defaults } = podSpecDefaults(spec);
  return spec['restartPolicy'] === undefined ? defaults : { ...defaults, restartPolicy: spec['restartPolicy'] };
}

/** A Job knows its pods by its uid. */
function labelled(job: StoredObject): StoredObject {
  const { uid, name, labels } = job.metadata;
  const own = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const spec = specOf(job);
  const template = isObject(spec['template']) ? spec['template'] : {};
  const templateMeta = isObject(template['metadata']) ? template['metadata'] : {};
  const templateLabels = isObject(templateMeta['labels']) ? templateMeta['labels'] : {};
  return {
    ...job,
    metadata: { ...job.metadata, labels: { ...labels, ...own } } as StoredMeta,
    spec: {
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...template, metadata: { ...templateMeta, labels: { ...templateLabels, ...own } } },
    },
    status: {},
  };
}

function jobProblems(spec: JsonObject, field: string): Problem[] {
  const template = isObject(spec['template']) ? spec['template'] : {};
  const pod = specOf(template);
  const policy = pod['restartPolicy'];
  const at = `${field}.template.spec`;
  const problems = podSpecProblems(pod, at);
  if (policy === undefined) {
    problems.push({ field: `${at}.restartPolicy`, message: 'Required value: valid values: "OnFailure", "Never"' });
  } else if (policy !== 'OnFailure' && policy !== 'Never') {
    problems.push({
      field: `${at}.restartPolicy`,
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "OnFailure", "Never"`,
    });
  }
  return problems;
}

function templateProblems(job: StoredObject, old: StoredObject): Problem[] {
  const fixed = (object: StoredObject) => specOf(object)['template'];
  if (sameJson(fixed(job), fixed(old))) return [];
  return [{ field: 'spec.template', message: `Invalid value: ${JSON.stringify(fixed(job))}: field is immutable` }];
}

/** A Job that says it is finished says when, and why it may. */
function statusProblems(job: StoredObject, old: StoredObject | undefined): Problem[] {
  const status = isObject(job['status']) ? job['status'] : {};
  if (!old || sameJson(status, old['status'])) return [];
  const complete = isTrue(status, 'Complete');
  const failed = isTrue(status, 'Failed');
  const problems: Problem[] = [];
  if (complete && !status['completionTime']) {
    problems.push({
      field: 'status.completionTime',
      message: 'Required value: completionTime is required for Complete jobs',
    });
  }
  if (complete && !isTrue(status, 'SuccessCriteriaMet')) {
    problems.push({
      field: 'status.conditions',
      message: 'Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    });
  }
  if (failed && !isTrue(status, 'FailureTarget')) {
    problems.push({
      field: 'status.conditions',
      message: 'Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
    });
  }
  if ((complete || failed) && !status['startTime']) {
    problems.push({ field: 'status.startTime', message: 'Required value: startTime is required for finished job' });
  }
  return problems;
}

const isTrue = (status: JsonObject, type: string): boolean =>
  (Array.isArray(status['conditions']) ? (status['conditions'] as readonly Json[]) : []).some(
    (condition) => isObject(condition) && condition['type'] === type && condition['status'] === 'True',
  );
