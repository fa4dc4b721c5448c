import { displayWidth, fit, harmlessStyled, pad } from './width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut when the terminal is too narrow; the longest such column goes first. */
  readonly shrinks?: boolean;
}

const GAP = '  ';
/** A column is never cut below this. */
const NARROWEST = 8;

/**
 * Rows as aligned lines, the titles first. Columns that are empty in every row are left out.
 * @param width columns of the terminal; without it (a pipe) nothing is cut
 */
export function table(columns: readonly Column[], told: readonly (readonly string[])[], width?: number): string[] {
  const rows = told.map((row) => row.map(harmlessStyled));
  const shown = columns.map((_, index) => index).filter((index) => rows.some((row) => (row[index] ?? '') !== ''));
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = shrink(
    columns,
    columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index] ?? '')))),
    shown,
    width,
  );
  return lines.map((line) =>
    shown
      .map((index) => cell(line[index] ?? '', widths[index] ?? 0, columns[index]?.align))
      .join(GAP)
      .trimEnd(),
  );
}

const cell = (text: string, width: number, align: Column['align']): string => pad(fit(text, width), width, align);

function shrink(
  columns: readonly Column[],
  natural: readonly number[],
  shown: readonly number[],
  width: number | undefined,
): readonly number[] {
  const widths = [...natural];
  const total = () => shown.reduce((sum, index) => sum + (widths[index] ?? 0), GAP.length * (shown.length - 1));
  while (width !== undefined && total() > width) {
    const longest = shown
      .filter((index) => columns[index]?.shrinks && (widths[index] ?? 0) > NARROWEST)
      .reduce<number | undefined>(
        (a, b) => (a === undefined || (widths[b] ?? 0) > (widths[a] ?? 0) ? b : a),
        undefined,
      );
    if (longest === undefined) break;
    widths[longest] = Math.max(NARROWEST, (widths[longest] ?? 0) - (total() - width));
  }
  return widths;
}
