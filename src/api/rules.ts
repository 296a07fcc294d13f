import { type CelInput, celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { childField, type Problem } from './problem.ts';
import type { Rule } from './rule.ts';
import type { StructuralSchema } from './structural.ts';

/** Checks an object against the CEL rules of its schema; with the old object, also the rules on changes. */
export type RuleChecker = (value: unknown, old?: unknown) => Problem[];

/** Compiles the rules once. Throws, naming the rule, when one is not CEL that we can evaluate. */
export function ruleChecker(schema: StructuralSchema): RuleChecker {
  const check = checkerAt(schema);
  return (value, old) => {
    const problems: Problem[] = [];
    check?.(value, old, '', problems);
    return problems;
  };
}

type Check = (value: unknown, old: unknown, field: string, problems: Problem[]) => void;

/** Undefined when nothing at or below this place has a rule, so that most of a schema costs nothing. */
function checkerAt(schema: StructuralSchema): Check | undefined {
  const own = (schema['x-kubernetes-validations'] ?? []).map(compile);
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const check = checkerAt(child);
    return check ? [{ key, check }] : [];
  });
  const items = schema.items && checkerAt(schema.items);
  const values = typeof schema.additionalProperties === 'object' ? checkerAt(schema.additionalProperties) : undefined;
  if (own.length === 0 && properties.length === 0 && !items && !values) return undefined;

  return (value, old, field, problems) => {
    if (value === undefined || value === null) return;
    problems.push(...runAll(own, schema, value, old, field));
    if (Array.isArray(value)) {
      // the items of an atomic list have no past: only a map list says which old item a new one was
      value.forEach((item, index) => {
        items?.(item, oldItem(schema, item, old), childField(field, index), problems);
      });
      return;
    }
    if (typeof value !== 'object') return;
    const before = (typeof old === 'object' && old !== null ? old : {}) as Record<string, unknown>;
    const now = value as Record<string, unknown>;
    for (const { key, check } of properties) check(now[key], before[key], childField(field, key), problems);
    if (!values) return;
    for (const key of Object.keys(now)) {
      if (!(key in (schema.properties ?? {}))) values(now[key], before[key], childField(field, key), problems);
    }
  };
}

function oldItem(schema: StructuralSchema, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !Array.isArray(old)) return undefined;
  const of = (candidate: unknown, key: string) => (candidate as Record<string, unknown> | null)?.[key];
  return old.find((candidate) => keys.every((key) => of(candidate, key) === of(item, key)));
}

interface Program {
  readonly rule: Rule;
  /** Rules on changes need the object as it was; they do not apply to a new one. */
  readonly isTransition: boolean;
  readonly run: ReturnType<typeof plan>;
}

const environment = celEnv({ funcs: strings });

function compile(rule: Rule): Program {
  try {
    return { rule, isTransition: /\boldSelf\b/.test(rule.rule), run: plan(environment, parse(rule.rule)) };
  } catch (cause) {
    throw new Error(`this rule is not CEL: ${rule.rule}`, { cause });
  }
}

/** Runs the rules of one place in the schema, over one conversion of its values. */
function runAll(
  programs: readonly Program[],
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  field: string,
): Problem[] {
  if (programs.length === 0) return [];
  const isChange = old !== undefined && old !== null;
  const due = programs.filter(({ isTransition }) => isChange || !isTransition);
  const bindings: Record<string, CelInput> = { self: celValue(schema, value) };
  if (due.some(({ isTransition }) => isTransition)) bindings.oldSelf = celValue(schema, old);
  return due.flatMap(({ rule, run }) => {
    const result = run(bindings);
    if (result === true) return [];
    // a rule that cannot be evaluated refuses, as on a real server
    const message = isCelError(result) ? `${rule.message} (${result.message})` : rule.message;
    return [{ field: `${field}${rule.fieldPath ?? ''}`.replace(/^\./, ''), message }];
  });
}

/** JSON as CEL sees it through the schema: integers are int, times are timestamps. */
function celValue(schema: StructuralSchema | undefined, value: unknown): CelInput {
  if (Array.isArray(value)) return value.map((item) => celValue(schema?.items, item));
  if (typeof value === 'object' && value !== null) {
    const additional = typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    return new Map(
      Object.entries(value)
        // what is null and not nullable counts as absent for has()
        .filter(([, child]) => child !== undefined && child !== null)
        .map(([key, child]) => [key, celValue(schema?.properties?.[key] ?? additional, child)]),
    );
  }
  if (typeof value === 'number' && Number.isInteger(value) && schema?.type !== 'number') return BigInt(value);
  if (typeof value === 'string' && schema?.format === 'date-time') {
    const epoch = new Date(value);
    return Number.isNaN(epoch.getTime()) ? value : { ...timestampFromDate(epoch), nanos: nanosOf(value) };
  }
  return value as CelInput;
}

/** A Date keeps milliseconds; a MicroTime has more. */
const nanosOf = (time: string): number => Number((/\.([0-9]+)/.exec(time)?.[1] ?? '').padEnd(9, '0').slice(0, 9));
