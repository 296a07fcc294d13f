import { childField, type Problem } from '../api/problem.ts';

/** A problem whose place is not known yet: each level on the way out adds its key, so that what is right costs nothing. */
export interface Failure {
  /** Innermost first. */
  readonly keys: (string | number)[];
  readonly say: (field: string) => string;
  /** Some of a real server's messages name their field in the text only. */
  readonly nowhere?: true;
}

/** Undefined when all is well. */
export type Check = (value: unknown) => Failure[] | undefined;

export const fail = (say: Failure['say']): Failure => ({ keys: [], say });
export const failNowhere = (say: Failure['say']): Failure => ({ keys: [], say, nowhere: true });

/** The failures of a child, now those of its parent. */
export function under(key: string | number, failures: Failure[] | undefined): Failure[] | undefined {
  if (failures) for (const { keys } of failures) keys.push(key);
  return failures;
}

export function both(a: Failure[] | undefined, b: Failure[] | undefined): Failure[] | undefined {
  if (!a || !b) return a ?? b;
  a.push(...b);
  return a;
}

export function problemsOf(failures: Failure[] | undefined): Problem[] {
  return (failures ?? []).map(({ keys, say, nowhere }) => {
    const field = keys.reduceRight<string>(childField, '');
    return { field: nowhere ? '<nil>' : field, message: say(field) };
  });
}

/** A value as it stands in `Invalid value: …`. */
export const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : JSON.stringify(value));
