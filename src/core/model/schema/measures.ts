import { z } from 'zod';
import {
  formatDuration,
  formatMemory,
  parseCpu,
  parseDuration,
  parseMemory,
  parsePercent,
  type Reading,
} from '../../units.ts';
import { read, shown } from './read.ts';

const amount = (expected: string) => z.union([z.string(expected), z.number(expected)], expected);

const NUMBER = '^\\d{1,15}(\\.\\d{1,9})? ?';
/** With a unit, so never a bare number. */
const measured = (expected: string, unit: string) =>
  shown(amount(expected), { type: 'string', pattern: `${NUMBER}${unit}$` });

/** A duration in ms, within bounds in ms. */
export const duration = (min: number, max: number) =>
  read(measured('expected a duration such as 30s', '(ms|s|m|h|d)'), (value) =>
    within(parseDuration(value), min, max, formatDuration, 'a duration'),
  );

/** A size in bytes, within bounds in bytes. */
export const memory = (min: number, max: number = 2 ** 50) =>
  read(measured('expected a size such as 512Mi', '([KMGT]i?B?|B)'), (value) =>
    within(parseMemory(value), min, max, formatMemory, 'a size'),
  );

export const cpu = () =>
  read(
    shown(amount('expected a number of cores such as 0.5'), { pattern: `${NUMBER}$`, minimum: 0.01, maximum: 1024 }),
    parseCpu,
  );

export const percent = () => read(measured('expected a percentage such as 1%', '%'), parsePercent);

function within(
  reading: Reading<number>,
  min: number,
  max: number,
  format: (value: number) => string,
  what: string,
): Reading<number> {
  if (!('value' in reading) || (reading.value >= min && reading.value <= max)) return reading;
  return { message: `expected ${what} from ${format(min)} to ${format(max)}` };
}
