import { type FieldSet, pathsOf } from './field-set.ts';
import type { Manager } from './managed-fields.ts';

/** A field that somebody else owns with another value. */
export interface ConflictCause {
  /** `.spec.permits` */
  readonly field: string;
  readonly manager: string;
  /** `conflict with "kubectl" using sync.konductor.io/v1` */
  readonly message: string;
}

/** Somebody else owns what was to be changed: answer 409, unless it is forced. */
export class ApplyConflict extends Error {
  readonly status = 409;
  readonly causes: readonly ConflictCause[];

  constructor(conflicts: readonly Conflict[]) {
    const sorted = [...conflicts].sort((a, b) => (described(a.manager) < described(b.manager) ? -1 : 1));
    super(messageOf(sorted));
    this.name = 'ApplyConflict';
    this.causes = sorted.flatMap(({ manager, fields }) =>
      pathsOf(fields).map((field) => ({
        field,
        manager: manager.manager,
        message: `conflict with ${described(manager)}`,
      })),
    );
  }
}

export interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

function messageOf(conflicts: readonly Conflict[]): string {
  const told = conflicts.map(({ manager, fields }) => ({ who: described(manager), paths: pathsOf(fields) }));
  const count = told.reduce((sum, { paths }) => sum + paths.length, 0);
  if (count === 1) return `Apply failed with 1 conflict: conflict with ${told[0]?.who}: ${told[0]?.paths[0]}`;
  const lines = told.flatMap(({ who, paths }) => [`conflicts with ${who}:`, ...paths.map((path) => `- ${path}`)]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}

function described({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Apply' ? name : `${name} using ${apiVersion}`;
}

/** Whom a real server takes for the owner of what was written before anybody's fields were managed. */
export const BEFORE_FIRST_APPLY = 'before-first-apply';
