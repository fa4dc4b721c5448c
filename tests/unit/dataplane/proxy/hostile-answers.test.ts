import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type BadAnswer, badBodies, badHeads, tooMuch } from './hostile/answers.ts';
import {
  eventually,
  exchange,
  get,
  getOnce,
  HOST,
  OK,
  type Origin,
  open,
  type Rig,
  rawOrigin,
  startRig,
  statusOf,
} from './rig.ts';

interface Trap {
  readonly rig: Rig;
  readonly origin: Origin;
  /** What `/bad` is answered with; all else is answered well. */
  answer: string;
}

async function trap(t: TestContext): Promise<Trap> {
  const state = { answer: '' };
  const origin = await rawOrigin(t, (socket) => {
    socket.on('data', (bytes) => socket.write(bytes.includes(' /bad ') ? Buffer.from(state.answer, 'latin1') : OK));
  });
  return Object.assign(state, { origin, rig: await startRig(t, [origin]) });
}

/** Answers of a client's connection: `/bad`, then `/good` on the same connection if it is still there. */
async function badThenGood(t: TestContext, { rig }: Trap): Promise<{ bad: string; good: string }> {
  const client = open(t, rig.port).send(get('/bad'));
  await eventually(() => client.closed || rig.log.some((line) => line.path === '/bad'));
  await eventually(() => client.closed || client.received !== '');
  const bad = client.received;
  rig.log.length = 0;
  if (client.closed) return { bad, good: await exchange(t, rig.port, getOnce('/good')) };
  client.send(getOnce('/good'));
  await client.end();
  return { bad, good: client.received.slice(bad.length) };
}

async function forEach(
  t: TestContext,
  bad: readonly BadAnswer[],
  check: (one: BadAnswer, answer: string, at: Trap) => void,
) {
  const at = await trap(t);
  for (const one of bad) {
    at.answer = one.bytes;
    const answers = await badThenGood(t, at);
    check(one, answers.bad, at);
    assert.ok(
      !answers.bad.includes('evil') || bad[0]?.name.startsWith('chunks'),
      `${one.name}: ${answers.bad.slice(0, 300)}`,
    );
    if (answers.good === '' && bad[0]?.name.startsWith('chunks')) continue;
    assert.match(answers.good, /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok$/, one.name);
  }
  assert.equal(at.rig.proxy.stats()[0]?.inflight, 0);
}

test('an answer with a bad head is 502, and nothing of it reaches the client', async (t) => {
  await forEach(t, badHeads(), (one, answer) => {
    const last = answer.slice(answer.lastIndexOf('HTTP/1.1 '));
    assert.equal(statusOf(last), 502, `${one.name}: ${answer.slice(0, 300)}`);
    assert.match(last, /X-Orca-Error: bad-answer\r\n/);
  });
});

test('an answer with a bad body is cut', async (t) => {
  await forEach(t, badBodies(), (one, answer) => {
    assert.ok(!answer.endsWith('0\r\n\r\n'), `${one.name}: ${answer.slice(0, 300)}`);
    assert.doesNotMatch(answer, /0\r\nX/);
  });
});

test('what a target sends behind its answer reaches nobody, and its connection is not used again', async (t) => {
  let accepted = 0;
  await forEach(t, tooMuch(), (one, answer, { origin }) => {
    assert.ok([200, 204, 304].includes(statusOf(answer)), `${one.name}: ${answer}`);
    assert.ok(origin.accepted > accepted, one.name);
    accepted = origin.accepted;
  });
});

test('a HEAD that is answered with a body gets the head alone', async (t) => {
  const at = await trap(t);
  at.answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
  const client = open(t, at.rig.port).send(`HEAD /bad HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  await client.until((text) => text.endsWith('Content-Length: 4\r\n\r\n'));
  client.send(getOnce('/good'));
  assert.match(
    await client.end(),
    /Content-Length: 4\r\n\r\nHTTP\/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok$/,
  );
});

test('headers of an answer with odd names are left out, the rest is passed on as it came', async (t) => {
  const at = await trap(t);
  at.answer = 'HTTP/1.1 200 \r\nTransfer_Encoding: chunked\r\nX.Y: 1\r\nX-Fine: \xe4 \r\nContent-Length: 2\r\n\r\nok';
  const answer = await exchange(t, at.rig.port, getOnce('/bad'));
  assert.match(answer, /^HTTP\/1.1 200 \r\nX-Fine: \xe4 \r\nContent-Length: 2\r\nConnection: close\r\n\r\nok$/);
});
