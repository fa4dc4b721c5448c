/** What a section found, ready to be shown and kept. */
export interface Report {
  readonly title: string;
  /** How it was measured, in sentences. */
  readonly how: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
  /** One object for each single measurement. */
  readonly records: readonly object[];
}

export interface Goal {
  readonly what: string;
  /** In words, such as `<= 0.6 x Swarm`. */
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Markdown, which reads well on a terminal too. */
export function render({ title, how, columns, rows, goals }: Report): string {
  const parts = [`## ${title}`, how, table(columns, rows)];
  if (goals.length > 0) parts.push(table(['Goal', 'Wanted', 'Measured', ''], goals.map(goalRow)));
  return parts.join('\n\n');
}

const goalRow = ({ what, goal, measured, met }: Goal): string[] => [what, goal, measured, met ? 'met' : '**missed**'];

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((name, i) => Math.max(3, name.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(columns), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
