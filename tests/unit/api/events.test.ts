import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import type { DecisionEvent } from '../../../src/core/model/event.ts';
import { type Asked, openApi, type TestApi, until } from './test-api.ts';

const event = (name: string, rest: Partial<DecisionEvent> = {}): DecisionEvent => ({
  kind: 'service',
  at: 5,
  project: 'shop',
  name,
  service: name,
  reason: 'scaled',
  ...rest,
});

describe('events', () => {
  it('come as they are written, with the revision as id and the kind as name', async (t) => {
    const { test, write, listen } = await begin(t);
    await write(event('before'));
    const stream = await listen();
    await write(event('web'));
    await stream.until('"name":"web"');
    const { revision } = await test.state.store.status();
    assert.match(stream.text(), new RegExp(`id: ${revision}\nevent: service\ndata: \\{"at":5,"project":"shop",.*\n\n`));
    assert.doesNotMatch(stream.text(), /before/);
    assert.match(String(stream.answer.headers['content-type']), /^text\/event-stream/);
  });

  it('resume after the last id that was seen, none left out and none twice', async (t) => {
    const { write, listen } = await begin(t);
    const first = await listen();
    await write(event('one'));
    await first.until('"name":"one"');
    first.answer.destroy();
    const [, id = ''] = [...first.text().matchAll(/id: (\d+)/g)].at(-1) ?? [];
    for (const name of ['two', 'three', 'four']) await write(event(name));
    const second = await listen({ headers: { 'last-event-id': id } });
    await second.until('"name":"four"');
    const names = [...second.text().matchAll(/"name":"(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(names, ['two', 'three', 'four']);
    const asked = await listen({}, `?after=${id}`);
    await asked.until('"name":"two"');
  });

  it('tell of a gap with reset, and go on from now', async (t) => {
    const { test, write, listen } = await begin(t);
    for (let count = 0; count < 5; count += 1) await write(event(`old${count}`));
    await test.state.store.compact((await test.state.store.status()).revision);
    const compacted = await listen({ headers: { 'last-event-id': '2' } });
    await compacted.until('event: reset');
    const beyond = await listen({ headers: { 'last-event-id': '999999' } });
    await beyond.until('event: reset');
    const strange = await listen({ headers: { 'last-event-id': 'not-ours' } });
    await strange.until('event: reset');
    await write(event('after'));
    for (const stream of [compacted, beyond, strange]) {
      await stream.until('"name":"after"');
      assert.doesNotMatch(stream.text(), /"name":"old/);
    }
  });

  it('are those of the caller: its projects, and no nodes for a token of some projects', async (t) => {
    const { write, listen } = await begin(t);
    const shopper = await listen({ as: 'shopper' });
    const viewer = await listen({ as: 'viewer' });
    const chosen = await listen({ as: 'viewer' }, '?project=blog&service=web');
    await write(event('web', { project: 'blog' }));
    await write(event('local', { kind: 'node', project: undefined, service: undefined }));
    await write(event('last'));
    await shopper.until('"name":"last"');
    await viewer.until('"name":"last"');
    assert.doesNotMatch(shopper.text(), /blog|local/);
    assert.match(viewer.text(), /blog[\s\S]*event: node/);
    assert.match(chosen.text(), /blog/);
    assert.doesNotMatch(chosen.text(), /local|last/);
  });

  it('end when the server stops', async (t) => {
    const { test, listen } = await begin(t);
    const stream = await listen();
    const ended = new Promise((resolve) => stream.answer.on('close', resolve));
    await test.api.close();
    await ended;
    assert.ok(!test.logged.some((line) => line.includes('"level":"error"')), test.logged.join(''));
  });
});

async function begin(t: TestContext) {
  const test: TestApi = await openApi();
  t.after(() => test.close());
  return {
    test,
    write: (one: DecisionEvent) => test.state.store.txn({ then: [test.state.event(one)] }),
    /** Resolves once the stream has begun: what is written from now on is in it. */
    async listen(asked: Asked = {}, query = '') {
      const answer: IncomingMessage = await test.open('GET', `/api/v1/events${query}`, { as: 'viewer', ...asked });
      assert.equal(answer.statusCode, 200);
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('error', () => undefined);
      await until(() => text.includes(': from'), 'the stream to begin');
      return {
        answer,
        text: () => text,
        until: (words: string) => until(() => text.includes(words), words),
      };
    },
  };
}
