import type { z } from 'zod';
import { type Endpoint, parametersOf, takesBody } from '../endpoint.ts';
import { ErrorBody } from '../error-body.ts';
import type { Example } from './example.ts';
import { EXAMPLES } from './examples.ts';
import { errorExamples, responses } from './responses.ts';
import { schemaOf } from './schema.ts';

/**
 * The API as an OpenAPI 3.1 document, made from the endpoints themselves.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'orca', version, description: INFO, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: { Error: schemaOf(ErrorBody, 'output') },
      examples: errorExamples(),
      headers: HEADERS,
      securitySchemes: SECURITY,
    },
  };
}

const INFO =
  'Every answer has X-Request-Id, which the log of the server has too. Before it is a request of one of these kinds, one may also be refused ' +
  'with 405 (the path takes other methods), 408, 413 (a body where none is expected), 417 or 431. HEAD answers like GET, without a body. Over the ' +
  'unix socket in the data folder no token is needed.';

const SECURITY = {
  token: { type: 'http', scheme: 'bearer' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Hub-Signature-256',
    description: 'HMAC-SHA256 of the body with the secret of the webhook; other providers name the header otherwise',
  },
  token_header: { type: 'apiKey', in: 'header', name: 'X-Gitlab-Token' },
};

const HEADERS = {
  RequestId: { description: 'that of the request if it sent a sound one', schema: { type: 'string' } },
  RetryAfter: { description: 'seconds', schema: { type: 'integer' } },
};

function operation(endpoint: Endpoint): Record<string, unknown> {
  const example = EXAMPLES[`${endpoint.method} ${endpoint.path}`];
  return {
    operationId: idOf(endpoint),
    summary: endpoint.summary,
    security: securityOf(endpoint),
    'x-orca-role': endpoint.access,
    'x-orca-scope': endpoint.scope,
    parameters: [
      ...pathParameters(endpoint, example),
      ...queryParameters(endpoint, example),
      ...headerParameters(endpoint),
    ],
    ...requestBody(endpoint, example),
    responses: responses(endpoint, example),
  };
}

/** `POST /api/v1/services/{name}/scale` is `postApiV1ServicesNameScale`: unique, as method and path are. */
const idOf = ({ method, path }: Endpoint): string =>
  method.toLowerCase() +
  path
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** An empty requirement: without a token too. */
function securityOf({ access, identifies }: Endpoint): readonly object[] {
  if (access === 'signature') return [{ signature: [] }, { token_header: [] }];
  if (access !== 'public') return [{ token: [] }];
  return identifies ? [{}, { token: [] }] : [];
}

const pathParameters = ({ path, params }: Endpoint, example: Example | undefined) =>
  parametersOf(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: schemaOf(params.shape[name] as z.ZodType, 'input'),
    ...(example?.params?.[name] === undefined ? {} : { example: example.params[name] }),
  }));

const queryParameters = ({ query }: Endpoint, example: Example | undefined) =>
  Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !(schema as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(schema as z.ZodType, 'input'),
    ...(example?.query?.[name] === undefined ? {} : { example: example.query[name] }),
  }));

const headerParameters = ({ produces }: Endpoint) =>
  produces === 'sse' ? [{ name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } }] : [];

function requestBody(endpoint: Endpoint, example: Example | undefined): object {
  if (endpoint.access === 'signature') return { requestBody: RAW };
  if (!takesBody(endpoint)) return {};
  const { body } = endpoint;
  const schema = schemaOf(body, 'input');
  const content = { schema, ...(example?.body === undefined ? {} : { example: example.body }) };
  return { requestBody: { required: !body.safeParse(undefined).success, content: { 'application/json': content } } };
}

/** What it is, its sender decides. */
const RAW = {
  required: true,
  content: { 'application/json': { schema: {} }, 'application/x-www-form-urlencoded': { schema: {} } },
};
