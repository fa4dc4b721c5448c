import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Endpoint } from '../../../src/contract/endpoint.ts';
import { ERROR_STATUS } from '../../../src/contract/error-status.ts';
import { errorsOf } from '../../../src/contract/errors-of.ts';
import { LATER } from '../../../src/contract/later.ts';
import { EXAMPLES } from '../../../src/contract/openapi/examples.ts';
import { openApi, type TestApi } from './test-api.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document of any depth
type Json = any;

describe('the OpenAPI document', () => {
  let test: TestApi;
  let document: Json;
  before(async () => {
    test = await openApi();
    document = (await test.ask('GET', '/api/v1/openapi.json', { as: 'viewer' })).body;
  });
  after(() => test.close());

  const operationOf = ({ path, method }: Endpoint): Json => document.paths[path]?.[method.toLowerCase()];
  const endpoints = (): readonly Endpoint[] => test.api.routes.map(({ endpoint }) => endpoint);
  const nameOf = ({ method, path }: Endpoint): string => `${method} ${path}`;
  const isLater = (one: Endpoint): boolean => LATER.some(({ method, path }) => `${method} ${path}` === nameOf(one));

  it('is valid by the schemas of the OpenAPI Initiative', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors, undefined, 1));
    const broken = structuredClone(document);
    delete broken.paths['/health'].get.responses;
    broken.components.securitySchemes.token.type = 'password';
    assert.equal((await new Validator().validate(broken)).valid, false, 'it would be told');
  });

  it('has the routes, and no others, each with an id of its own', () => {
    const told = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(told.toSorted(), endpoints().map(nameOf).toSorted());
    const ids = endpoints().map((one) => operationOf(one).operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+[A-Za-z0-9]*$/);
  });

  it('says of each who may call it', () => {
    for (const one of endpoints()) {
      const { security, 'x-orca-role': role } = operationOf(one);
      const known: Record<string, unknown> = {
        public: one.identifies ? [{}, { token: [] }] : [],
        signature: [{ signature: [] }, { token_header: [] }],
      };
      assert.deepEqual(security, known[one.access] ?? [{ token: [] }], nameOf(one));
      assert.equal(role, one.access);
      for (const scheme of (security as Json[]).flatMap((one) => Object.keys(one)))
        assert.ok(document.components.securitySchemes[scheme], scheme);
    }
  });

  it('has the statuses that the server answers: those of the contract, to which every answer in these tests is held', () => {
    for (const one of endpoints()) {
      const statuses = [...one.answers, ...[...errorsOf(one)].map((code) => ERROR_STATUS[code]), 500];
      const told = Object.keys(operationOf(one).responses);
      assert.deepEqual(told.toSorted(), [...new Set(statuses.map(String)), 'default'].toSorted(), nameOf(one));
    }
  });

  it('says of what a later release brings that it is not there', () => {
    for (const one of endpoints())
      assert.equal(
        operationOf(one).responses['501'] !== undefined,
        isLater(one) || ['/api/v1/deploy', '/api/v1/scheduler/deploy'].includes(one.path),
        nameOf(one),
      );
  });

  it('has an example of each request and answer, which its schemas take', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'orca');
    const holds = (schema: Json, value: unknown, what: string) => {
      const isValid = ajv.compile({ ...schema, components: document.components });
      assert.ok(isValid(value), `${what}: ${ajv.errorsText(isValid.errors)}`);
    };
    for (const one of endpoints()) {
      if (isLater(one)) continue;
      const name = nameOf(one);
      const operation = operationOf(one);
      const [content]: Json[] = Object.values(operation.responses[String(one.answers[0])].content);
      assert.ok('example' in content, name);
      holds(content.schema, content.example, name);
      assert.deepEqual(
        one.response.parse(content.example),
        content.example,
        `${name}: the example has what is not in the schema`,
      );
      for (const parameter of operation.parameters) {
        if (!parameter.required) continue;
        assert.ok('example' in parameter, `${name}: ${parameter.name}`);
        holds(parameter.schema, parameter.example, `${name}: ${parameter.name}`);
      }
      const body = operation.requestBody?.content['application/json'];
      if (!body || one.access === 'signature') continue;
      assert.ok('example' in body, name);
      holds(body.schema, body.example, name);
      assert.ok(one.body.safeParse(body.example).success, name);
    }
    assert.deepEqual(
      Object.keys(EXAMPLES).toSorted(),
      endpoints()
        .filter((one) => !isLater(one))
        .map(nameOf)
        .toSorted(),
    );
  });

  it('has an error of each code, as its schema has it', () => {
    const ajv = new Ajv2020({ strict: false });
    const isError = ajv.compile(document.components.schemas.Error);
    const examples: Readonly<Record<string, Json>> = document.components.examples;
    assert.deepEqual(Object.keys(examples).toSorted(), [...Object.keys(ERROR_STATUS), 'internal'].toSorted());
    for (const [code, { value }] of Object.entries(examples)) {
      assert.equal(isError(value), true, code);
      assert.equal(value.code, code);
    }
  });

  it('lets an answer have more than is known today', () => {
    const closed = JSON.stringify(document.paths['/api/v1/status'].get.responses['200'].content);
    assert.doesNotMatch(closed, /"additionalProperties":false/);
    assert.match(JSON.stringify(document.paths['/api/v1/deploy'].post.requestBody), /"additionalProperties":false/);
  });
});
