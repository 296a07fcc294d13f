/**
 * Orders two resourceVersions. They are decimal numbers of any length, comparable within one resource type
 * (KEP-5504), and too long for a float.
 */
export function compareVersions(a: string, b: string): number {
  if (!DECIMAL.test(a) || !DECIMAL.test(b))
    throw new TypeError(`a resourceVersion must be a decimal number: ${a}, ${b}`);
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export const DECIMAL = /^(0|[1-9][0-9]*)$/;

export const isNewer = (a: string, b: string | undefined): boolean => b === undefined || compareVersions(a, b) > 0;

export const newest = (a: string | undefined, b: string): string => (a === undefined || isNewer(b, a) ? b : a);

/** The newest of all, and of one that may not be known. */
export const newestOf = (known: string | undefined, versions: readonly string[]): string | undefined =>
  versions.reduce<string | undefined>(newest, known);
