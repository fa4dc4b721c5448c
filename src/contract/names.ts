import { z } from 'zod';

const NAME = 'expected a name of a-z, 0-9 and -, beginning with a letter, at most 63 characters';

/** Names of services and projects. */
export const Name = z
  .string(NAME)
  .regex(/^[a-z][a-z0-9-]{0,62}$/, NAME)
  .meta({ description: 'lower-case letters, digits and dashes, a letter first, at most 63' });

export const ServiceParams = z.object({ name: Name });
export const ProjectParams = z.object({ name: Name });

/** Decides where a service name stands in several projects. */
export const ProjectQuery = z.strictObject({ project: Name.optional() });

/** A switch in a query: `?purge`, `?purge=true`, `?purge=false`. */
export const Flag = z
  .enum(['', 'true', 'false', '1', '0'], 'expected true or false')
  .transform((value) => value === '' || value === 'true' || value === '1');

/** A whole number in a query. */
export const Count = (max: number) => {
  const expected =
    max === Number.MAX_SAFE_INTEGER ? 'expected a whole number' : `expected a whole number from 0 to ${max}`;
  return z
    .string(expected)
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .pipe(z.int(expected).min(0, expected).max(max, expected));
};

/** Epoch milliseconds. */
export const Instant = z.number().int().meta({ description: 'epoch milliseconds' });
