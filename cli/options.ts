import { InvalidArgumentError } from 'commander';

/** A whole number from 0 on, for commander's options. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}
