import { InvalidArgumentError } from 'commander';

// parsers of what stands behind a flag; durations and names are checked by the schema, once it is loaded

export function wholeNumber(text: string): number {
  if (!/^-?[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** What a claim may be made on. */
export const TARGET = ['<name>', 'or NAMESPACE/NAME: that of another namespace, which has to allow it'] as const;

/** May be given again, and with commas. */
export const listed = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
];

/** May be given again. */
export const repeated = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
