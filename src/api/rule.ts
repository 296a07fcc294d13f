import type * as z from 'zod';

/** A rule over several fields, in CEL. The API server evaluates it, and so do we: it is written once. */
export interface Rule {
  readonly rule: string;
  /** One sentence that names the field. */
  readonly message: string;
  /** The field that is to blame, relative to where the rule stands, such as `.quorum`. */
  readonly fieldPath?: string;
}

export const rule = (fieldPath: string, message: string, cel: string): Rule => ({
  rule: cel,
  message,
  ...(fieldPath && { fieldPath }),
});

export const withRules = <S extends z.ZodType>(schema: S, rules: readonly Rule[]): S =>
  schema.meta({ ...schema.meta(), 'x-kubernetes-validations': rules }) as S;

const isEqual = (now: string, then: string) => `${now} == ${then}`;

/** A Go program that reads an object and writes it back says `1m30s` where it read `90s`. */
export const lastsAsLong = (now: string, then: string): string => isEqual(`duration(${now})`, `duration(${then})`);

/** Rules for fields that are written once: neither changed, nor added later, nor taken away. */
export const immutable = (fields: readonly string[], isSame = isEqual): Rule[] =>
  fields.map((field) => {
    const [now, then] = [`self.${field}`, `oldSelf.${field}`];
    return rule(
      `.${field}`,
      `${field} is immutable: delete this claim and make a new one`,
      `has(${now}) == has(${then}) && (!has(${now}) || ${isSame(now, then)})`,
    );
  });

/** A number in status that must never fall, such as a fencing token. Stands on the whole object. */
export const neverFalls = (field: string): Rule =>
  rule(
    `.status.${field}`,
    `status.${field} may only grow`,
    `!has(oldSelf.status) || !has(oldSelf.status.${field}) || (has(self.status) && has(self.status.${field}) && self.status.${field} >= oldSelf.status.${field})`,
  );

/** The phases a claim or resource may go to from each phase; from a phase that is not named, nowhere. */
export function oneWay(moves: Readonly<Record<string, readonly string[]>>, unless = 'false'): Rule {
  const before = 'oldSelf.status.phase';
  const after = 'self.status.phase';
  const allowed = Object.entries(moves).map(
    ([from, to]) => `(${before} == '${from}' && ${after} in [${to.map((phase) => `'${phase}'`).join(', ')}])`,
  );
  return rule(
    '.status.phase',
    `status.phase may only go ${Object.entries(moves)
      .map(([from, to]) => `from ${from} to ${to.join(', ')}`)
      .join('; ')}`,
    [
      '!has(oldSelf.status)',
      '!has(oldSelf.status.phase)',
      unless,
      `(has(self.status) && has(${after}) && (${[`${before} == ${after}`, ...allowed].join(' || ')}))`,
    ].join(' || '),
  );
}
