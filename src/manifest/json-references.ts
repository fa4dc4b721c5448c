/** The parts of a JSON Schema that are looked at here. */
export interface JsonSchema {
  [keyword: string]: unknown;
  description?: string;
  deprecated?: boolean;
  type?: unknown;
  anyOf?: unknown;
  not?: unknown;
}

/** Any value may be, or hold, what stands in the environment: what it comes to is known only where it is read. */
export const REFERENCES = {
  reference: {
    type: 'string',
    pattern: '\\$\\{env\\.',
    description: `What stands in the environment: \${env.NAME} or \${env.NAME:-default}.`,
  },
} as const;

const REFERENCE = { $ref: '#/$defs/reference' };
/** Say something about a value, and restrict nothing. */
const NOTES = ['description', 'default', 'deprecated'];

/** The same schema, with a reference wherever a value may stand that is no list and no map. Keys are never references. */
export function allowReferences(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.anyOf)) return ofAlternatives(schema, schema.anyOf as readonly JsonSchema[]);
  if (isScalar(schema)) return isFreeText(schema) ? schema : orReference(schema);
  return Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, below(keyword, value)]));
}

function below(keyword: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (keyword === 'items' || keyword === 'additionalProperties') return allowReferences(value as JsonSchema);
  if (keyword !== 'properties') return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, allowReferences(child as JsonSchema)]));
}

function ofAlternatives(schema: JsonSchema, anyOf: readonly JsonSchema[]): JsonSchema {
  const scalar = anyOf.some(isScalar);
  const free = anyOf.some(isFreeText);
  const children = anyOf.map((each) => (isScalar(each) ? each : allowReferences(each)));
  return { ...schema, anyOf: scalar && !free ? [...children, REFERENCE] : children };
}

function orReference(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema);
  const notes = Object.fromEntries(entries.filter(([keyword]) => NOTES.includes(keyword)));
  const rules = Object.fromEntries(entries.filter(([keyword]) => !NOTES.includes(keyword)));
  return { ...notes, anyOf: [rules, REFERENCE] };
}

const typesOf = ({ type }: JsonSchema): readonly unknown[] => [type].flat();

const isScalar = (schema: JsonSchema): boolean =>
  typesOf(schema).some((type) => ['string', 'number', 'integer', 'boolean'].includes(String(type)));

/** It takes a reference as it takes any text. */
const isFreeText = (schema: JsonSchema): boolean =>
  typesOf(schema).includes('string') && !('pattern' in schema || 'enum' in schema || 'not' in schema);
