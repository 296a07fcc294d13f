export type Row = readonly string[];

const GAP = '   ';

/** Columns as wide as their widest cell, as kubectl has them; the last one is as wide as it is. */
export function tableOf(header: Row, rows: readonly Row[]): string {
  const widths = widthsOf([header, ...rows]);
  return [header, ...rows].map((row) => lineOf(row, widths)).join('');
}

/** A table that grows: a row that comes later stands below those that were there, as far as it fits. */
export function growingTable(header: Row): (rows: readonly Row[]) => string {
  let widths: readonly number[] | undefined;
  return (rows) => {
    const first = widths === undefined;
    widths = widthsOf([header, ...rows]).map((width, index) => Math.max(width, widths?.[index] ?? 0));
    return [...(first ? [header] : []), ...rows].map((row) => lineOf(row, widths ?? [])).join('');
  };
}

const widthsOf = (rows: readonly Row[]): number[] =>
  (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => [...(row[index] ?? '')].length)));

const lineOf = (row: Row, widths: readonly number[]): string =>
  `${row
    .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - [...cell].length)))
    .join(GAP)
    .trimEnd()}\n`;

/** What does not fit shows that it goes on. */
export const shortened = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;

/** What others wrote must not steer the terminal it is shown on. */
export const harmless = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');
