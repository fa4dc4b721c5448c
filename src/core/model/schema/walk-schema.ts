import type { z } from 'zod';
import type { KeyPath } from './issue.ts';

/** The parts of a zod definition that lead to other schemas. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

const definitionOf = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

/** The schemas a value may meet: defaults, transforms and unions taken apart. */
export function alternatives(schema: z.ZodType): readonly z.ZodType[] {
  const { innerType, in: input, options } = definitionOf(schema);
  const inner = innerType ? [innerType] : input ? [input] : options;
  return inner ? inner.flatMap(alternatives) : [schema];
}

/** The keys a map schema knows, with their schemas; empty for anything else. */
export const keysOf = (schema: z.ZodType): Readonly<Record<string, z.ZodType>> =>
  Object.assign({}, ...alternatives(schema).map((each) => definitionOf(each).shape ?? {}));

/** The schema of list items or of a map's values with any name; undefined for anything else. */
export const itemOf = (schema: z.ZodType): z.ZodType | undefined =>
  alternatives(schema)
    .map((each) => definitionOf(each).element ?? definitionOf(each).valueType)
    .find((each) => each !== undefined);

/** The schema at a path, if the path leads anywhere. */
export function schemaAt(root: z.ZodType, path: KeyPath): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>((schema, key) => {
    if (!schema) return undefined;
    const keys = keysOf(schema);
    return Object.hasOwn(keys, key) ? keys[key] : itemOf(schema);
  }, root);
}

export interface SchemaKey {
  /** `services.*.deploy.monitor`; `*` is any name or position. */
  readonly path: string;
  readonly schema: z.ZodType;
}

/** Every key of a schema, depth first, in the order it is written. */
export function keyPaths(schema: z.ZodType, prefix = ''): SchemaKey[] {
  const own = Object.entries(keysOf(schema)).flatMap(([key, child]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [{ path, schema: child }, ...keyPaths(child, path)];
  });
  const item = itemOf(schema);
  return item ? [...own, ...keyPaths(item, `${prefix}.*`)] : own;
}
