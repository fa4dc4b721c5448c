import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAccessLog } from '../../../../src/dataplane/worker/access-log.ts';

const unexpected = (): never => assert.fail();

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i += 1) {
    assert.ok(i < 18_000, 'not within 180 s');
    await sleep(10);
  }
}

/** The supervisor's end: what has arrived, and a pipe that can be full. */
function pipe() {
  const taken: string[] = [];
  let full = false;
  let go = (): void => {};
  const to = new Writable({
    write(chunk, _, done) {
      const take = (): void => {
        taken.push(String(chunk));
        done();
      };
      if (full) go = take;
      else take();
    },
  });
  return {
    to,
    text: () => taken.join(''),
    fill() {
      full = true;
    },
    drain() {
      full = false;
      go();
    },
  };
}

test('lines are sent in order, soon and on close', async () => {
  const { to, text } = pipe();
  const log = createAccessLog({ to, delay: 1, onLost: unexpected });
  log.write('{"n":1}');
  log.write('{"n":2}');
  await until(() => text() === '{"n":1}\n{"n":2}\n');
  log.write('{"n":3}');
  await log.close();
  assert.equal(text(), '{"n":1}\n{"n":2}\n{"n":3}\n');
});

test('while the supervisor is behind, lines wait up to the limit; the number of the others is told', async () => {
  const { to, text, fill, drain } = pipe();
  const lost: number[] = [];
  const log = createAccessLog({ to, limit: 10, delay: 1, onLost: (count) => lost.push(count) });
  fill();
  log.write('first');
  await until(() => to.writableLength > 0);
  log.write('123456');
  log.write('7890');
  log.write('x');
  assert.equal(text(), '');
  drain();
  await until(() => text() === 'first\n123456\nx\n');
  assert.deepEqual(lost, [1]);
  await log.close();
});

test('a supervisor that takes nothing does not keep a worker from ending', async () => {
  const { to, fill } = pipe();
  const log = createAccessLog({ to, delay: 1, onLost: unexpected });
  fill();
  log.write('{}');
  await log.close();
});

test('losses are told together, not one by one', async () => {
  const { to } = pipe();
  to.write = (_: unknown, done: unknown): boolean => {
    (done as (error: Error) => void)(new Error('nobody reads'));
    return true;
  };
  const lost: number[] = [];
  const log = createAccessLog({ to, delay: 1, tellEvery: 1000, onLost: (count) => lost.push(count) });
  for (let i = 0; i < 6; i += 1) {
    log.write('{}');
    await sleep(5); // So that each is a batch of its own: that they are told as one is what is tested.
  }
  await until(() => lost.reduce((a, b) => a + b, 0) === 6);
  assert.ok(lost.length < 4, `told ${lost.length} times`);
});
