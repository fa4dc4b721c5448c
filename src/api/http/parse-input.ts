import type { z } from 'zod';
import { notFound } from '../../core/errors.ts';
import { explain } from '../../core/model/schema/explain.ts';
import { createReport, type SpecIssue } from '../../core/model/schema/issue.ts';
import { invalid, invalidAlone } from './invalid.ts';

/** @throws OrcaError `invalid`, in the words of a manifest's errors */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, where: 'query' | 'body'): z.output<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const report = createReport<SpecIssue>();
  for (const { words } of explain(schema, parsed.error.issues)) report.tell(words);
  const [first, second] = report.kept;
  throw first && !second
    ? invalidAlone(first, `the ${where}`)
    : invalid(report.kept, `the ${where}`, report.unlisted());
}

/** What cannot be a name names nothing. */
export function parseParams<S extends z.ZodType>(schema: S, params: Readonly<Record<string, string>>): z.output<S> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const [kind = 'path', name = ''] = Object.entries(params)[0] ?? [];
  throw notFound(kind === 'id' ? 'deployment' : 'name', JSON.stringify(name.slice(0, 80)));
}
