import { InvalidArgumentError } from 'commander';
import { isSince } from './bounds.ts';

/** A whole number between two, for commander's options. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number');
    if (Number(text) < least || Number(text) > most)
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
    return Number(text);
  };

/** As `events --json` tells it. */
export function eventId(text: string): string {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected the id of an event, a number');
  return text;
}

export function since(text: string): string {
  if (!isSince(text))
    throw new InvalidArgumentError('expected how long ago, such as 10m, or a time such as 2026-01-31T12:00:00Z');
  return text;
}
