import type { Kind } from '../api/kind.ts';
import type { Problem } from '../api/problem.ts';
import { InvalidError } from './errors.ts';

/** Throws an InvalidError that names each field, before anything is sent. */
export async function checked<K extends Kind>(kind: K, object: unknown, doing: string, old?: unknown): Promise<void> {
  // the rules are in CEL, and its interpreter is most of what this library would load
  const { problemsOf } = await import('../api/validate.ts');
  refuse(problemsOf(kind, object, old), doing);
}

/** The same for a new claim: its rules are about changes only, so most programs never load them. */
export async function checkedClaim<K extends Kind>(
  kind: K,
  claim: { readonly spec: unknown },
  doing: string,
): Promise<void> {
  if (!kind.spec.safeParse(claim.spec).success) await checked(kind, claim, doing);
}

export function refuse(problems: readonly Problem[], doing: string): void {
  if (problems.length === 0) return;
  const said = problems.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');
  throw new InvalidError(`could not ${doing}: ${said}`, { problems });
}
