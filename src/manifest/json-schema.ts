import { z } from 'zod';
import { ManifestInput } from '../core/model/schema/file.ts';
import { laterKey, laterValues } from '../core/model/schema/later.ts';
import { allowReferences, type JsonSchema, REFERENCES } from './json-references.ts';

/**
 * The JSON Schema (2020-12) of `orca.yml` as it is written, for editors: every key with its description and default. It takes
 * all that the parser takes; what no pattern can say (bounds of durations, rules between keys) only the parser refuses.
 */
export function manifestJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(ManifestInput, {
    io: 'input',
    override: ({ jsonSchema, path }) => annotate(jsonSchema, path),
  });
  return { title: 'orca.yml', ...allowReferences(schema as JsonSchema), $defs: REFERENCES };
}

function annotate(schema: JsonSchema, path: readonly (string | number)[]): void {
  if (schema.type === 'string') delete schema.anyOf; // a number is read only to say which unit it lacks
  if (schema.description === undefined || path.at(-2) !== 'properties') return;
  markLater(schema, schema.description, keyPath(path));
}

/** A key that is not supported yet says so, is shown struck through and taken with no value; one with such values names them. */
function markLater(schema: JsonSchema, description: string, key: string): void {
  if (/Not yet supported/.test(description)) return;
  const later = laterKey(key);
  if (later) {
    schema.description = `Not yet supported. ${description}`;
    schema.deprecated = true;
    schema.not = later.form ?? {};
  }
  for (const { what, form } of laterValues(key)) {
    schema.description += ` Not yet supported: ${what}.`;
    if (form) schema.not = form;
  }
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
