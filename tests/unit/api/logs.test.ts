import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Task } from '../../../src/core/model/task.ts';
import { deployed, taskOf, web } from './records.ts';
import { openApi, type TestApi, until } from './test-api.ts';

const line = (at: number, text: string) => ({ at, stream: 'stdout' as const, text });

describe('logs', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await deployed(test, web());
    const old = taskOf({ id: 'web-1-a', phase: 'ended', end: { at: 30, wanted: true, reason: 'replaced' } });
    await put(old, taskOf({ id: 'web-1-b' }), taskOf({ id: 'web-2-c', slot: 2 }));
    test.archived.set('web-1-a', [line(10, 'old one'), line(20, 'old two')]);
    test.engine.logged.set('web-1-b', [line(15, 'b one'), line(25, 'b two'), line(45, 'b error')]);
    test.engine.logged.set('web-2-c', [line(5, 'c one'), line(35, 'c error')]);
  });
  afterEach(() => test.close());

  const put = (...tasks: readonly Task[]) =>
    test.state.store.txn({ then: tasks.map((task) => test.state.tasks.put(task)) });
  const read = (query = '') => test.ask('GET', `/api/v1/services/web/logs${query}`, { as: 'viewer' });
  const texts = async (query = '') =>
    (await read(query)).text
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((one) => one.split(' ').slice(2).join(' '));

  it('are plain text of all tasks, ended ones included, merged by time', async () => {
    const { status, text, headers } = await read();
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/plain/);
    assert.equal(text.split('\n')[0], '1970-01-01T00:00:00.005Z web-2-c c one');
    assert.deepEqual(await texts(), ['c one', 'old one', 'b one', 'old two', 'b two', 'c error', 'b error']);
  });

  it('are cut to the last lines, a task, a slot, a time, and a text: the last lines that have it', async () => {
    assert.deepEqual(await texts('?tail=2'), ['c error', 'b error']);
    assert.deepEqual(await texts('?tail=0'), []);
    assert.deepEqual(await texts('?task=web-1-a'), ['old one', 'old two']);
    assert.deepEqual(await texts('?task=2'), ['c one', 'c error']);
    assert.deepEqual(await texts('?since=1970-01-01T00:00:00.025Z'), ['b two', 'c error', 'b error']);
    assert.deepEqual(await texts('?grep=one&tail=2'), ['old one', 'b one']);
    assert.equal((await read('?task=web-9-z')).status, 404);
    for (const wrong of ['?tail=-1', '?tail=x', '?since=yesterday', '?tail=1&tail=2', '?unknown=1', '?task=../x']) {
      assert.equal((await read(wrong)).status, 422, wrong);
    }
  });

  it('are read from the copy when the container is gone already', async () => {
    test.engine.logged.delete('web-2-c');
    test.archived.set('web-2-c', [line(7, 'c kept')]);
    assert.deepEqual(await texts('?task=2'), ['c kept']);
  });

  it('answer 503 while the engine cannot be read', async () => {
    test.engine.down = 'docker does not answer';
    const { status, body } = await read();
    assert.equal(status, 503);
    assert.equal(body.code, 'unavailable');
  });

  it('followed go on with what is written, by new tasks too, without a line twice or left out', async () => {
    const answer = await test.open('GET', '/api/v1/services/web/logs?follow&tail=2', { as: 'viewer' });
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    answer.on('error', () => undefined);
    await until(() => text.includes('b error'), 'the history');
    test.engine.write('web-1-b', line(45, 'b same moment'));
    test.engine.write('web-1-b', line(46, 'b next'));
    await until(() => text.includes('b next'), 'the next line');
    test.engine.write('web-3-d', line(test.now, 'd first'));
    await put(taskOf({ id: 'web-3-d', slot: 3, assignedAt: test.now }));
    await until(() => text.includes('d first'), 'the line of the new task');
    const seen = text
      .trimEnd()
      .split('\n')
      .map((one) => one.split(' ').slice(2).join(' '));
    assert.deepEqual(seen, ['c error', 'b error', 'b same moment', 'b next', 'd first']);
    answer.destroy();
    await until(() => test.logged.some((one) => one.includes('/logs')), 'the end of the request');
    assert.ok(!test.logged.some((one) => one.includes('"level":"error"')), test.logged.join(''));
  });
});
