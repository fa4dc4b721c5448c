import { z } from 'zod';
import { looseText } from './read.ts';

/** Docker passes any name without `=`; these are the ones that shells, dotenv files and apps can also read. */
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/;
/** One variable may be 128 KiB with its name: MAX_ARG_STRLEN of execve(2). */
const MAX_VALUE = 128 * 1024 - 300;

export const isEnvName = (name: string): boolean => ENV_NAME.test(name);

export const envName = () =>
  z.string().regex(ENV_NAME, 'expected a name of letters, digits, _, . and -, not beginning with a digit');

export const envValue = () => {
  const expected = `expected text; "" is an empty value, \${env.NAME} one of your own environment`;
  return looseText(expected).refine((value) => Buffer.byteLength(value) <= MAX_VALUE, 'expected at most 128 KiB');
};

/** Labels that orca sets itself tell it what it runs; nobody else may. */
export const labelName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,253}[A-Za-z0-9])?$/, 'expected a label of letters, digits, ., _, / and -')
    .refine((name) => !/^orca\./i.test(name), "labels beginning with orca. are orca's own and not allowed");
