import { z } from 'zod';

/** Names of services and projects. */
export const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected a name: lower-case letters, digits and dashes, a letter first, at most 63')
  .meta({ description: 'lower-case letters, digits and dashes, a letter first, at most 63' });

export const ServiceParams = z.object({ name: Name });
export const ProjectParams = z.object({ name: Name });

/** Decides where a service name stands in several projects. */
export const ProjectQuery = z.strictObject({ project: Name.optional() });

/** A switch in a query: `?purge`, `?purge=true`, `?purge=false`. */
export const Flag = z
  .enum(['', 'true', 'false', '1', '0'])
  .transform((value) => value === '' || value === 'true' || value === '1');

/** A whole number in a query. */
export const Count = (max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.number().int().min(0).max(max));

/** Epoch milliseconds. */
export const Instant = z.number().int().meta({ description: 'epoch milliseconds' });
