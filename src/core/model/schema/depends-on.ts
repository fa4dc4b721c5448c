import { z } from 'zod';
import { UNTIL } from '../deployment.ts';
import { name } from './name.ts';
import { oneOf, read } from './read.ts';

/** As many services as one may depend on. */
const MOST = 100;
const TOO_MANY = `expected at most ${MOST} services`;

/** A list of services that must be healthy, or a map of services to what they must be. */
export const dependsOn = () =>
  read(
    z.union(
      [z.array(name()).max(MOST, TOO_MANY), z.record(name(), oneOf(UNTIL), 'expected a map of services')],
      'expected a list or a map of services',
    ),
    (written): { readonly value: Readonly<Record<string, (typeof UNTIL)[number]>> } => ({
      value: Array.isArray(written) ? Object.fromEntries(written.map((each) => [each, 'healthy'])) : written,
    }),
  );
