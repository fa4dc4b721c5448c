import type { z } from 'zod';
import { notFound, OrcaError } from '../../core/errors.ts';

const MAX_ISSUES = 100;

/** @throws OrcaError `invalid`, with every issue under `details.issues` */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, where: 'query' | 'body'): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));
  const [first] = issues;
  const place = first && first.path !== '' ? `${where}.${first.path}` : where;
  throw new OrcaError('invalid', `${place}: ${first?.message ?? 'not valid'}`, { details: { issues } });
}

/** What cannot be a name names nothing. */
export function parseParams<S extends z.ZodType>(schema: S, params: Readonly<Record<string, string>>): z.output<S> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const [kind = 'path', name = ''] = Object.entries(params)[0] ?? [];
  throw notFound(kind === 'id' ? 'deployment' : 'name', JSON.stringify(name.slice(0, 80)));
}
