import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { parametersOf } from './endpoint.ts';
import { ErrorBody } from './error-body.ts';

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
    info: { title: 'orca', version },
    paths,
    components: {
      schemas: { Error: schemaOf(ErrorBody, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Hub-Signature-256',
          description: 'HMAC-SHA256 of the body; other providers name the header otherwise',
        },
        token_header: { type: 'apiKey', in: 'header', name: 'X-Gitlab-Token' },
      },
    },
  };
}

function operation(endpoint: Endpoint): Record<string, unknown> {
  return {
    summary: endpoint.summary,
    security: SECURITY[endpoint.access] ?? [{ token: [] }],
    'x-orca-role': endpoint.access,
    parameters: [...pathParameters(endpoint), ...queryParameters(endpoint)],
    ...(endpoint.body instanceof z.ZodUndefined ? {} : { requestBody: requestBody(endpoint) }),
    responses: { '200': answer(endpoint), default: errorAnswer },
  };
}

/** One of these, where it is not a token. */
const SECURITY: Readonly<Record<string, readonly object[]>> = {
  public: [],
  signature: [{ signature: [] }, { token_header: [] }],
};

const pathParameters = (endpoint: Endpoint) =>
  parametersOf(endpoint.path).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));

const queryParameters = (endpoint: Endpoint) =>
  Object.entries(endpoint.query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema as z.ZodType, 'input'),
  }));

const requestBody = (endpoint: Endpoint) => ({
  required: true,
  content: { 'application/json': { schema: schemaOf(endpoint.body, 'input') } },
});

const MEDIA = {
  json: ['application/json'],
  ndjson: ['application/json', 'application/x-ndjson'],
  text: ['text/plain'],
  sse: ['text/event-stream'],
};

const answer = (endpoint: Endpoint) => ({
  description: 'done',
  content: Object.fromEntries(
    MEDIA[endpoint.produces].map((type) => [type, { schema: schemaOf(endpoint.response, 'output') }]),
  ),
});

const errorAnswer = {
  description: 'not done; the body says why and what to do next',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
