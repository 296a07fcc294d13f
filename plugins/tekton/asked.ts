import { parseDuration } from '../../src/api/duration.ts';
import { API_VERSION } from '../../src/api/group.ts';
import { readStepRequest, STEP_KINDS, type StepKind, type StepRequest } from '../step-options.ts';
import type { CustomRun, Param } from './kinds.ts';
import { referencesIn, substitute } from './substitution.ts';

/** What a CustomRun asks for, understood. */
export interface Asked {
  /** As it was written, params filled in: kept with the run, since a CustomRun's spec may be rewritten at any time. */
  readonly kind: StepKind;
  readonly written: Readonly<Record<string, unknown>>;
  readonly request: StepRequest;
  /** Milliseconds that an attempt may take; undefined: as long as the PipelineRun. */
  readonly timeout: number | undefined;
  readonly retries: number;
}

export type ReadRun =
  | { readonly asked: Asked; readonly problem?: never }
  | { readonly problem: string; readonly reason: RefusalReason; readonly asked?: never };

export type RefusalReason = 'InvalidParams' | 'CustomRunWorkspaceNotSupported';

/** The kind of ours that a CustomRun names; undefined when it is somebody else's. */
export function kindAsked({ spec }: CustomRun): StepKind | undefined {
  const { apiVersion, kind } = spec.customRef ?? spec.customSpec ?? {};
  return apiVersion === API_VERSION ? STEP_KINDS.find((each) => each === kind) : undefined;
}

/** Reads a CustomRun of that kind: a param says more than the embedded spec, and that more than the name of the task. */
export function readRun(run: CustomRun, kind: StepKind): ReadRun {
  const { spec } = run;
  if (spec.workspaces?.length) {
    const problem = `workspaces: a ${kind} uses none: remove them from the task`;
    return { problem, reason: 'CustomRunWorkspaceNotSupported' };
  }
  const { params = [] } = spec;
  const embedded = embeddedOf(spec.customSpec?.spec, params);
  if (typeof embedded === 'string') return refused(embedded);
  const written = {
    ...(spec.customRef?.name && { name: spec.customRef.name }),
    ...embedded.fields,
    // what the embedded spec uses by name need not be an option of ours
    ...Object.fromEntries(
      params.filter(({ name }) => !embedded.used.has(name)).map(({ name, value }) => [name, value] as const),
    ),
  };
  return withLimits(kind, written, { timeout: spec.timeout, retries: spec.retries });
}

interface Limits {
  readonly timeout: string | undefined;
  readonly retries: number | undefined;
}

/** The webhook lets negative numbers through. */
function withLimits(kind: StepKind, written: Readonly<Record<string, unknown>>, limits: Limits): ReadRun {
  const { timeout = '0s', retries = 0 } = limits;
  const milliseconds = parseDuration(timeout);
  if (milliseconds === undefined) {
    return refused(`timeout of the task: must be a duration such as "10m", not ${JSON.stringify(timeout)}`);
  }
  if (!Number.isInteger(retries) || retries < 0) {
    return refused(`retries of the task: must be at least 0, not ${JSON.stringify(retries)}`);
  }
  const { request, problem } = readStepRequest(kind, written);
  if (problem !== undefined) return refused(problem.startsWith('name: is required') ? NO_NAME : problem);
  return { asked: { kind, written, request, timeout: milliseconds || undefined, retries } };
}

const NO_NAME = 'name: is required: say it in taskRef.name, or in a param called "name"';

const refused = (problem: string): ReadRun => ({ problem, reason: 'InvalidParams' });

interface Embedded {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly used: ReadonlySet<string>;
}

/** What stands in the embedded spec; or what is wrong with it. */
function embeddedOf(spec: unknown, params: readonly Param[]): Embedded | string {
  if (spec === undefined || spec === null) return { fields: {}, used: new Set() };
  if (typeof spec !== 'object' || Array.isArray(spec)) return 'taskSpec.spec: must be an object of options';
  const fields: Record<string, unknown> = {};
  const used = new Set<string>();
  for (const [key, value] of Object.entries(spec)) {
    if (typeof value !== 'string') {
      fields[key] = value;
      continue;
    }
    for (const name of referencesIn(value)) used.add(name);
    const { text, missing } = { missing: undefined, text: undefined, ...substitute(value, params) };
    if (missing !== undefined) return `taskSpec.spec.${key}: ${missing} names no param of this task`;
    fields[key] = text;
  }
  return { fields, used };
}

/** What was asked when the run began, if it has begun. */
export interface Begun extends Asked {
  /** When this attempt began, on the wall clock. */
  readonly since: number;
  readonly attempt: number;
}

/** How it is kept: a status may hold no more than plain data here. */
export const snapshotOf = ({ kind, written, timeout, retries, since, attempt }: Begun): object => ({
  ...{ kind, written, since, attempt, retries },
  ...(timeout !== undefined && { timeout }),
});

/** Reads it back; what cannot be read was not written by us, and counts for nothing. */
export function begunOf({ status }: CustomRun): Begun | undefined {
  const kept = status?.extraFields?.konductor as Partial<Begun> | undefined;
  const kind = STEP_KINDS.find((each) => each === kept?.kind);
  if (!kept || !kind || typeof kept.written !== 'object' || kept.written === null) return undefined;
  if (typeof kept.since !== 'number' || typeof kept.attempt !== 'number' || typeof kept.retries !== 'number') {
    return undefined;
  }
  const { request } = readStepRequest(kind, kept.written);
  if (!request) return undefined;
  const { written, since, attempt, retries } = kept;
  const timeout = typeof kept.timeout === 'number' ? kept.timeout : undefined;
  return { kind, written, request, timeout, retries, since, attempt };
}
