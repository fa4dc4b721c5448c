// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are templates
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { containerHash } from '../../../../src/core/model/container-hash.ts';
import { escapeTemplate } from '../../../../src/core/model/schema/template.ts';
import { diffSpecs } from '../../../../src/core/model/spec-diff.ts';
import { identityOf, mapTemplates, textOf } from '../../../../src/core/model/templates.ts';
import { createRequest } from '../../../../src/engine/create-request.ts';
import { spec } from './specs.ts';

const image = { ref: 'nginx:1', digest: `sha256:${'a'.repeat(64)}`, pinned: `nginx@sha256:${'a'.repeat(64)}` };
const container = {
  name: 'web-1-a',
  image,
  network: 'edge',
  address: '10.208.0.2',
  labels: { 'orca.task': 'web-1-a' },
};
const anyText = fc.oneof(fc.constantFrom('$', '$$', '${secrets.A}', '${', '$${secrets.A}', '}'), fc.string());

test('any text is what its template stands for, and is known by it', () => {
  fc.assert(
    fc.property(fc.array(anyText), (parts) => {
      const text = parts.join('');
      assert.equal(textOf(escapeTemplate(text)), text);
      assert.equal(identityOf(escapeTemplate(text)), text);
    }),
  );
});

test('a reference is not the text that looks like one', () => {
  assert.equal(textOf('$${secrets.A}'), '${secrets.A}');
  assert.throws(() => textOf('a ${secrets.A}'), { code: 'not_yet_supported', message: /\$\{secrets\.A\} is not yet/ });
  assert.notDeepEqual(identityOf('${secrets.A}'), identityOf('$${secrets.A}'));
});

const keys = {
  env: { PRICE: '$$5', LIKE: '$${secrets.KEY}' },
  labels: { price: '$$9' },
  command: ['sh', '-c', 'echo $$HOME'],
  entrypoint: ['$$0'],
};

test('templates become text where the container is made', () => {
  const { Env, Labels, Cmd, Entrypoint } = createRequest({ ...container, spec: spec(keys) });
  assert.deepEqual(Env, ['PRICE=$5', 'LIKE=${secrets.KEY}']);
  assert.deepEqual(Labels, { price: '$9', 'orca.task': 'web-1-a' });
  assert.deepEqual([Cmd, Entrypoint], [['sh', '-c', 'echo $HOME'], ['$0']]);
});

test('a reference that got into the store makes no container', () => {
  const wish = { ...container, spec: { ...spec(), env: { A: '${secrets.A}' } } };
  assert.throws(() => createRequest(wish), { code: 'not_yet_supported' });
});

test('the hash is that of the text, as versions made it that stored no templates', () => {
  const literal = mapTemplates(spec(keys), textOf);
  assert.equal(containerHash(spec(keys), image), '1ed63a3e88099c7df126ab30ffa9ec7f');
  assert.notEqual(
    containerHash({ ...literal, env: { A: '${secrets.A}' } }, image),
    containerHash(spec({ ...keys, env: { A: '$${secrets.A}' } }), image),
  );
});

test('a plan shows what was written', () => {
  const next = spec({ ...keys, env: { PRICE: '$$6', LIKE: '$${secrets.KEY}' } });
  assert.deepEqual(diffSpecs(spec(keys), next), [{ path: 'env.PRICE', from: '$$5', to: '$$6' }]);
});
