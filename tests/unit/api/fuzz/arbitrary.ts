import fc from 'fast-check';

/** As far as the document uses JSON Schema. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  /** What is known, but not supported yet. */
  readonly deprecated?: boolean;
  readonly $ref?: string;
}

const MOST = 4;

/** Values that a schema takes. Those of unknown shape are any JSON; what a schema refers to is left out. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.filter(({ $ref }) => $ref === undefined).map(valuesOf));
  switch (schema.type) {
    case 'string':
      return textsOf(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -3, max: Math.min(schema.maximum ?? 9, (schema.minimum ?? 0) + 9) });
    case 'number':
      return fc.double({ min: schema.minimum ?? schema.exclusiveMinimum ?? 0, max: schema.maximum ?? 9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? MOST, (schema.minItems ?? 0) + MOST),
      });
    case 'object':
      return objectsOf(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** By their schema: there are thousands of a few kinds, and each costs some milliseconds to make. */
const texts = new Map<string, fc.Arbitrary<string>>();

function textsOf(schema: Schema): fc.Arbitrary<string> {
  const key = JSON.stringify([schema.pattern, schema.minLength, schema.maxLength]);
  const known = texts.get(key) ?? newTexts(schema);
  texts.set(key, known);
  return known;
}

function newTexts({ pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) });
  const whole = new RegExp(pattern);
  // What looks ahead cannot be made, but looked for.
  const made = new RegExp(pattern.replaceAll(/\(\?[!=](?:[^()]|\([^()]*\))*\)/g, ''));
  return fc.stringMatching(made, { size: 'small' }).filter((text) => whole.test(text));
}

function objectsOf(schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const known = Object.entries(properties).filter(([, one]) => one.deprecated !== true);
  const named = fc.record(Object.fromEntries(known.map(([name, one]) => [name, valuesOf(one)])), {
    requiredKeys: required.filter((name) => known.some(([each]) => each === name)),
    noNullPrototype: true,
  });
  if (typeof additionalProperties !== 'object') return named;
  const others = fc.dictionary(textsOf({ pattern: '^[a-z]{1,9}$', ...propertyNames }), valuesOf(additionalProperties), {
    maxKeys: 3,
    noNullPrototype: true,
  });
  return fc.tuple(others, named).map(([a, b]) => ({ ...a, ...(b as object) }));
}
