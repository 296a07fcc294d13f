import * as z from 'zod';

/** Free text is printable: no control character may reach a terminal or a log through a field of ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const PRINTABLE = /^[^\x00-\x1f\x7f]*$/;

/** A bounded string. The API server counts characters, JavaScript counts UTF-16 units: we count as the server does. */
export function text(max: number, { min = 0, pattern, says }: TextRule = {}) {
  return z
    .string()
    .superRefine((value, ctx) => {
      const length = [...value].length;
      if (length < min)
        ctx.addIssue({
          code: 'custom',
          message: min === 1 ? 'must not be empty' : `must have at least ${min} characters`,
        });
      else if (length > max)
        ctx.addIssue({ code: 'custom', message: `must have at most ${max} characters (has ${length})` });
      else if (pattern && !pattern.test(value))
        ctx.addIssue({ code: 'custom', message: says ?? `must match ${pattern.source}` });
    })
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max, ...(pattern && { pattern: pattern.source }) });
}

export interface TextRule {
  readonly min?: number;
  readonly pattern?: RegExp;
  /** What a value must be, in words: shown instead of the pattern. */
  readonly says?: string;
}

export const printable = (max: number, min = 0) =>
  text(max, { min, pattern: PRINTABLE, says: 'must not contain control characters' });
