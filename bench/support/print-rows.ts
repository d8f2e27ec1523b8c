import { type Row, verdict } from './rows.ts';

/** A table for people, as text. */
export function printRows(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.id,
    row.against === null ? row.contender : '',
    row.against === null ? `${round(row.median)} ${row.unit}` : '',
    row.against === null ? `${round(row.min)} – ${round(row.max)}` : '',
    row.against === null ? '' : `${round(row.ratio ?? Number.NaN)} × ${row.against}`,
    row.goal === null ? '' : `${row.goal} (floor ${row.floor})`,
    verdict(row) ?? '',
  ]);
  const table = [['', 'contender', 'median', 'min – max', 'ratio', 'goal', 'reached'], ...lines];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three significant digits, or the whole number when it has more. */
export function round(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}
