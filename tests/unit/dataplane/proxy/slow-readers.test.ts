import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxyTimeouts } from '../../../../src/dataplane/proxy/options.ts';
import { answering, eventually, get, open, type RawClient, type Rig, rawOrigin, startRig } from './rig.ts';

const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: 32768\r\n\r\n${'x'.repeat(32_768)}`;

interface Held {
  readonly rig: Rig;
  readonly client: RawClient;
  /** How many answers the proxy is done with. */
  readonly answers: number;
}

/** A kept connection whose client has read nothing: the end of its last answer is still in the proxy. */
async function hold(t: TestContext, timeouts: Partial<ProxyTimeouts>): Promise<Held> {
  const rig = await startRig(t, [await rawOrigin(t, answering(ANSWER))], { timeouts });
  const client = open(t, rig.port);
  client.socket.pause();
  let answers = 0;
  while (unsent(rig) === 0) {
    client.send(get());
    answers += 1;
    await eventually(() => rig.log.length === answers);
  }
  return { rig, client, answers };
}

const unsent = ({ clients }: Rig): number => [...clients].reduce((sum, { writableLength }) => sum + writableLength, 0);

const isWhole = (received: string, answers: number): boolean => received.length === answers * ANSWER.length;

for (const [name, timeouts] of [
  ['while draining', { drainIdle: 200 }],
  ['while its connection is kept', { keepAlive: 200 }],
] as const) {
  test(`a slow reader gets the whole of its last answer ${name}, and is closed soon after`, async (t) => {
    const { rig, client, answers } = await hold(t, timeouts);
    if (name === 'while draining') void rig.proxy.drain();
    await sleep(600);
    client.socket.resume();
    await client.end();
    assert.ok(isWhole(client.received, answers), `${client.received.length} bytes of ${answers} answers`);
    assert.equal(client.error, undefined);
  });
}

test('a client that does not take the end of its answer is cut', async (t) => {
  const { rig, client, answers } = await hold(t, { downloadIdle: 300 });
  await eventually(() => rig.proxy.connections === 0);
  client.socket.resume();
  await client.end();
  assert.ok(!isWhole(client.received, answers));
  assert.equal(client.error?.message, 'read ECONNRESET');
});

test('a request that waits for the answer before it to be read is not late', async (t) => {
  const { rig, client, answers } = await hold(t, { head: 200 });
  client.send(get().repeat(4));
  await sleep(600);
  client.socket.resume();
  await client.until((received) => isWhole(received, answers + 4), 'all answers');
  assert.equal(rig.log.length, answers + 4);
});
