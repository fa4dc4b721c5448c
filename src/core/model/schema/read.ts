import { z } from 'zod';
import type { Reading } from '../../units.ts';

/** A schema whose value is made by a reader of text. Issues say "expected ..."; what was found is added when they are told. */
export function read<Input extends z.ZodType, T>(input: Input, reader: (value: z.output<Input>) => Reading<T>) {
  return input.transform((value, context): T => {
    const reading = reader(value);
    if ('value' in reading) return reading.value;
    context.addIssue({ code: 'custom', message: reading.message, params: { hint: reading.hint } });
    return z.NEVER;
  });
}

/** What of a value's form can be said to editors. It takes all that the reader takes, and may take more. */
interface Form {
  readonly pattern?: string;
  readonly type?: 'string';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly enum?: readonly string[];
}

/** A schema that tells its form in the JSON Schema, and changes nothing of what it takes. */
export const shown = <S extends z.ZodType>(schema: S, form: Form): S => schema.meta({ ...form }) as S;

export const text = (expected: string, max = 4096) =>
  z.string(expected).max(max, `${expected}, at most ${max} characters`);

/** Text, or a number or boolean taken as its text. */
export const looseText = (expected: string) =>
  z.union([z.string(expected), z.number(expected), z.boolean(expected)], expected).transform(String);

export const wholeNumber = (min: number, max: number) => {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z.int(expected).min(min, expected).max(max, expected);
};

export const flag = () => z.boolean('expected true or false');

export const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
