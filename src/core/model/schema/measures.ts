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
import { read } from './read.ts';

const amount = (expected: string) => z.union([z.string(expected), z.number(expected)], expected);

/** A duration in ms, within bounds in ms. */
export const duration = (min: number, max: number) =>
  read(amount('expected a duration such as 30s'), (value) =>
    within(parseDuration(value), min, max, formatDuration, 'a duration'),
  );

/** A size in bytes, within bounds in bytes. */
export const memory = (min: number, max: number = 2 ** 50) =>
  read(amount('expected a size such as 512Mi'), (value) =>
    within(parseMemory(value), min, max, formatMemory, 'a size'),
  );

export const cpu = () => read(amount('expected a number of cores such as 0.5'), parseCpu);

export const percent = () => read(amount('expected a percentage such as 1%'), parsePercent);

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
