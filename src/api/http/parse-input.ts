import type { z } from 'zod';
import { notFound } from '../../core/errors.ts';
import { explain } from '../../core/model/schema/explain.ts';
import { invalid, invalidAlone } from './invalid.ts';

/** @throws OrcaError `invalid`, in the words of a manifest's errors */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, where: 'query' | 'body'): z.output<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = explain(schema, parsed.error.issues);
  const [first, second] = issues;
  throw first && !second ? invalidAlone(first, `the ${where}`) : invalid(issues, `the ${where}`);
}

/** What cannot be a name names nothing. */
export function parseParams<S extends z.ZodType>(schema: S, params: Readonly<Record<string, string>>): z.output<S> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const [kind = 'path', name = ''] = Object.entries(params)[0] ?? [];
  throw notFound(kind === 'id' ? 'deployment' : 'name', JSON.stringify(name.slice(0, 80)));
}
