import fc from 'fast-check';
import { manifestJsonSchema } from '../../../../src/manifest/json-schema.ts';
import { type Schema, valuesOf } from './arbitrary.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document of any depth
type Json = any;

export interface Request {
  readonly operation: string;
  readonly method: string;
  readonly target: string;
  readonly body?: unknown;
  /** In place of the body. */
  readonly raw?: string | undefined;
}

/** Names of what there is, so that not all is unknown. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  name: ['web', 'api', 'shop'],
  id: ['1', '2', '3'],
  project: ['shop'],
  service: ['web', 'api'],
  limit: ['1', '20', '100'],
  page: ['1', '2'],
  tail: ['0', '100'],
  since: ['5m', '2h'],
};

/** Nobody waits: there are no controllers that would bring anything about. */
const ALWAYS: Readonly<Record<string, string>> = { wait: 'false', follow: 'false' };

const TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '__proto__', '../..', '%00', '\u0000', 'x'.repeat(3000), '-1', '1e400', '$', '\r\n'),
);

/** Requests that the document allows. */
export const validRequests = (document: Json): fc.Arbitrary<Request> =>
  fc.oneof(
    ...operationsOf(document)
      .filter(({ spec }) => !spec.summary.startsWith('Not yet'))
      .map((each) => requestsOf(each, () => fc.constant(undefined))),
  );

/** Requests that are off in one place or in all. */
export const invalidRequests = (document: Json): fc.Arbitrary<Request> =>
  fc
    .oneof(...operationsOf(document).map((each) => requestsOf(each, () => fc.option(TEXT, { nil: undefined }))))
    .chain(broken);

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly spec: Json;
}

const operationsOf = (document: Json): readonly Operation[] =>
  Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, spec]) => ({ path, method: method.toUpperCase(), spec })),
  );

/** @param instead of a parameter's value, where it is not undefined */
function requestsOf(
  { path, method, spec }: Operation,
  instead: () => fc.Arbitrary<string | undefined>,
): fc.Arbitrary<Request> {
  const parameters: readonly Json[] = spec.parameters.filter((one: Json) => one.in !== 'header');
  const values = parameters.map(({ name, required, schema }) =>
    fc.tuple(instead(), required ? givenTo(name, schema) : fc.option(givenTo(name, schema), { nil: undefined })),
  );
  return fc.tuple(fc.tuple(...values), bodiesOf(spec)).map(([found, body]) => {
    const given = new Map(parameters.map(({ name }, at) => [name, found[at]?.[0] ?? found[at]?.[1]]));
    const query = parameters
      .filter((one) => one.in === 'query')
      .map(({ name }) => [name, ALWAYS[name] ?? given.get(name)]);
    const text = new URLSearchParams(query.filter(([, value]) => value !== undefined) as [string, string][]).toString();
    const place = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(given.get(name))));
    return { operation: `${method} ${path}`, method, target: text ? `${place}?${text}` : place, body };
  });
}

function givenTo(name: string, schema: Schema): fc.Arbitrary<unknown> {
  const known = KNOWN[name];
  return known ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, valuesOf(schema)) : valuesOf(schema);
}

function bodiesOf({ requestBody }: Json): fc.Arbitrary<unknown> {
  if (!requestBody) return fc.constant(undefined);
  const { schema, example } = requestBody.content['application/json'];
  const made = schema.properties?.services
    ? fc.record({ services: fc.array(SERVICE, { minLength: 1, maxLength: 3 }) })
    : valuesOf(schema);
  return example === undefined ? made : fc.oneof(made, fc.constant(example));
}

/** What a deploy says of its services: by the schema of manifests, where the document leaves it open. */
const ofManifest: Json = manifestJsonSchema();
const SERVICE = fc
  .tuple(valuesOf(ofManifest.properties.services.additionalProperties), fc.constantFrom('web', 'api', 'db'))
  .map(([service, name]) => ({ image: 'acme/web:1', ...(service as object), project: 'shop', name }));

/** Something else than what it is. */
function broken(request: Request): fc.Arbitrary<Request> {
  const raws = fc.oneof(
    TEXT,
    fc.constantFrom('{', '[]', 'null', '{"services":', '[[[[', '"', '{"__proto__":{"role":"admin"}}'),
  );
  const text = request.body === undefined ? '' : JSON.stringify(request.body);
  const cut = fc.nat(Math.max(0, text.length - 1)).map((at) => text.slice(0, at));
  return fc.oneof(
    fc.constant(request),
    raws.map((raw) => ({ ...request, raw })),
    cut.map((raw) => ({ ...request, raw })),
    fc.jsonValue().map((body) => ({ ...request, body: replaced(request.body, body) })),
    TEXT.map((more) => ({
      ...request,
      target: `${request.target}${encodeURI(more.replaceAll(/[\ud800-\udfff]/g, ''))}`,
    })),
  );
}

/** A value somewhere in it is another. */
function replaced(body: unknown, by: unknown): unknown {
  if (typeof body !== 'object' || body === null) return by;
  const [key] = Object.keys(body);
  return key === undefined ? by : { ...body, [key]: by };
}
