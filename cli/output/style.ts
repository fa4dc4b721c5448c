import { styleText } from 'node:util';

/** The few styles orca uses, by meaning. Every escape sequence of the CLI comes from here or from `live.ts`. */
export interface Style {
  /** Names, headings. */
  strong(text: string): string;
  /** What may be skipped: ids, ages, units. */
  faint(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  /** What changes, and what to type. */
  accent(text: string): string;
}

export const createStyle = (color: boolean): Style => ({
  strong: paint('bold', color),
  faint: paint('dim', color),
  good: paint('green', color),
  warn: paint('yellow', color),
  bad: paint('red', color),
  accent: paint('cyan', color),
});

const paint =
  (format: Parameters<typeof styleText>[0], color: boolean) =>
  (text: string): string =>
    color && text !== '' ? styleText(format, text, { validateStream: false }) : text;
