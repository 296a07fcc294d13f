import * as z from 'zod';
import { applyDefaults } from './defaults.ts';
import { API_VERSION } from './group.ts';
import type { Kind } from './kind.ts';
import { objectName } from './names.ts';
import { childField, type Problem } from './problem.ts';
import { type RuleChecker, ruleChecker } from './rules.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

/**
 * What is wrong with an object of ours, by the same schema and rules the API server has: empty when nothing is.
 * With the object it replaces, the rules on changes are checked as well.
 */
export function problemsOf(kind: Kind, object: unknown, old?: unknown): Problem[] {
  const { schema, shape, rules } = checksOf(kind);
  const complete = applyDefaults(schema, object);
  const parsed = shape.safeParse(complete, { reportInput: true });
  if (!parsed.success) return parsed.error.issues.flatMap(problemsOfIssue);
  return rules(complete, old === undefined ? undefined : applyDefaults(schema, old));
}

/** One line for people: every problem, each with its field. */
export const sayProblems = (problems: readonly Problem[]): string =>
  problems.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');

interface Checks {
  readonly schema: StructuralSchema;
  readonly shape: z.ZodType;
  readonly rules: RuleChecker;
}

/** Made on first use: most programs check one kind or none. */
const made = new Map<Kind, Checks>();

function checksOf(kind: Kind): Checks {
  let checks = made.get(kind);
  if (!checks) {
    const schema = structuralSchema(kind);
    checks = { schema, shape: shapeOf(kind), rules: ruleChecker(schema) };
    made.set(kind, checks);
  }
  return checks;
}

const shapeOf = (kind: Kind): z.ZodType =>
  z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind.kind),
    metadata: z.looseObject({ name: objectName().optional(), generateName: z.string().optional() }),
    spec: kind.spec,
    status: kind.status.optional(),
  });

function problemsOfIssue(issue: z.core.$ZodIssue): Problem[] {
  const field = issue.path.reduce<string>((path, key) => childField(path, key as string | number), '');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: childField(field, key), message: 'is not a known field' }));
  }
  return [{ field, message: sayIssue(issue) }];
}

function sayIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is required'
        : `must be ${anA(issue.expected === 'int' ? 'whole number' : issue.expected)}`;
    case 'too_small':
      return issue.origin === 'array'
        ? `must have at least ${issue.minimum} items`
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'array' ? `must have at most ${issue.maximum} items` : `must be at most ${issue.maximum}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return issue.message;
  }
}

const anA = (noun: string): string => `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;
