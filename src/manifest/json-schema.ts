import { z } from 'zod';
import { ManifestInput } from '../core/model/schema/file.ts';
import { laterKey } from '../core/model/schema/later.ts';

/** The JSON Schema (2020-12) of `orca.yml`, for editors: every key with its description and default. */
export function manifestJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(ManifestInput, {
    io: 'input',
    override: ({ jsonSchema, path }) => annotate(jsonSchema, path),
  });
  return { title: 'orca.yml', ...schema };
}

/** A key of a later step says so, and is shown struck through. */
function annotate(schema: { description?: string; deprecated?: boolean }, path: readonly (string | number)[]): void {
  const later = laterKey(keyPath(path));
  if (!later || schema.description === undefined || path.at(-2) !== 'properties') return;
  const note = `Not yet supported: comes with step ${later.step}. `;
  if (schema.description.startsWith(note)) return;
  schema.description = note + schema.description;
  schema.deprecated = true;
}

/** `properties/services/additionalProperties/properties/web` -> `services.*.web` */
function keyPath(path: readonly (string | number)[]): string {
  const keys: string[] = [];
  for (let i = 0; i < path.length; i++) {
    if (path[i] === 'properties') keys.push(String(path[++i]));
    else if (path[i] === 'additionalProperties' || path[i] === 'items') keys.push('*');
    else if (path[i] === 'anyOf') i += 1;
  }
  return keys.join('.');
}
