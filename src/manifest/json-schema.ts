import { z } from 'zod';
import { ManifestInput } from '../core/model/schema/file.ts';
import { laterKey, laterValues } from '../core/model/schema/later.ts';

/** The JSON Schema (2020-12) of `orca.yml`, for editors: every key with its description and default. */
export function manifestJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(ManifestInput, {
    io: 'input',
    override: ({ jsonSchema, path }) => annotate(jsonSchema, path),
  });
  return { title: 'orca.yml', ...schema };
}

/** A key of a later step says so, and is shown struck through; one with values of a later step names them. */
function annotate(schema: { description?: string; deprecated?: boolean }, path: readonly (string | number)[]): void {
  if (schema.description === undefined || path.at(-2) !== 'properties' || /Not yet supported/.test(schema.description))
    return;
  const key = keyPath(path);
  const later = laterKey(key);
  if (later) {
    schema.description = `Not yet supported: comes with step ${later.step}. ${schema.description}`;
    schema.deprecated = true;
  }
  for (const { what, step } of laterValues(key))
    schema.description += ` Not yet supported: ${what}, which comes with step ${step}.`;
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
