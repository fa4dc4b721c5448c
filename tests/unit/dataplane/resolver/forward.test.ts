import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { decode, encode } from 'dns-packet';
import { createForward } from '../../../../src/dataplane/resolver/forward.ts';
import { createFrames, framed } from '../../../../src/dataplane/resolver/frames.ts';
import { readQuery } from '../../../../src/dataplane/resolver/packets.ts';
import type { Upstream } from '../../../../src/dataplane/resolver/upstreams.ts';
import { edns, question, read } from './ask.ts';

type Reply = (query: Buffer) => readonly Buffer[];

/** A name server on loopback, UDP and TCP on one port. */
async function nameServer(t: TestContext, reply: Reply): Promise<Upstream & { readonly asked: Buffer[] }> {
  const asked: Buffer[] = [];
  const hear = (query: Buffer) => {
    asked.push(query);
    return reply(query);
  };
  const tcp = createServer((socket) => {
    const frames = createFrames();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const answer of frames.push(chunk).flatMap(hear)) socket.write(framed(answer));
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    for (const answer of hear(query)) udp.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', () => resolve()));
  t.after(() => {
    udp.close();
    tcp.close();
  });
  return { address: '127.0.0.1', port, asked };
}

const answerTo = (query: Buffer, changes: { readonly rcode?: number; readonly id?: number } = {}): Buffer => {
  const { id = 0, questions = [] } = decode(query);
  const [{ name = '' } = {}] = questions;
  const answers = [{ type: 'A' as const, name, ttl: 300, data: '192.0.2.7' }];
  const packet = encode({ type: 'response', id: changes.id ?? id, questions, answers: changes.rcode ? [] : answers });
  packet.writeUInt16BE(packet.readUInt16BE(2) | (changes.rcode ?? 0), 2);
  return packet;
};

const ids = () => {
  let id = 100;
  return () => {
    id += 1;
    return id;
  };
};

/** A port on which nobody answers: bound, and never read. */
async function silent(t: TestContext): Promise<Upstream> {
  const { address, port } = await nameServer(t, () => []);
  return { address, port };
}

function query(bytes: Buffer) {
  const read = readQuery(bytes);
  assert.ok(read && !('answer' in read));
  return read;
}

const UDP = { address: '10.208.0.2', over: 'udp' as const };
const TCP = { address: '10.208.0.2', over: 'tcp' as const };

test('a question is passed on as it is, EDNS too, under an id of its own, and its answer comes back under the old one', async (t) => {
  const server = await nameServer(t, (asked) => [answerTo(asked)]);
  const forward = createForward({ upstreams: () => [server], newId: ids() });
  for (const asker of [UDP, TCP]) {
    const bytes = question('Example.com', 'A', edns(4096));
    const found = await forward(query(bytes), asker);
    assert.equal(found?.readUInt16BE(0), 4711);
    const passed = server.asked.at(-1) ?? Buffer.alloc(0);
    assert.notEqual(passed.readUInt16BE(0), 4711);
    assert.deepEqual(passed.subarray(2), bytes.subarray(2), asker.over);
  }
});

test('an answer to something else is passed over: another id, another question', async (t) => {
  const server = await nameServer(t, (asked) => [
    Buffer.from('nonsense'),
    answerTo(asked, { id: 1 }),
    answerTo(question('other.example', 'A', { id: decode(asked).id ?? 0 })),
    answerTo(asked),
  ]);
  const forward = createForward({ upstreams: () => [server], newId: ids() });
  const found = await forward(query(question('example.com')), UDP);
  assert.equal(decode(found ?? Buffer.alloc(0)).questions?.[0]?.name, 'example.com');
});

test('one that fails or is silent does not keep the next from being asked', async (t) => {
  const failing = await nameServer(t, (asked) => [answerTo(asked, { rcode: 2 })]);
  const good = await nameServer(t, (asked) => [answerTo(asked)]);
  for (const first of [failing, await silent(t), { address: '127.0.0.1', port: 1 }]) {
    const forward = createForward({ upstreams: () => [first, good], newId: ids() });
    for (const asker of [UDP, TCP]) {
      const found = await forward(query(question('example.com')), asker);
      assert.equal(found && decode(found).answers?.length, 1, `${first.port} ${asker.over}`);
    }
  }
});

test('what all of them say is passed on, also that they failed; that there is no such name is an answer', async (t) => {
  const failing = await nameServer(t, (asked) => [answerTo(asked, { rcode: 2 })]);
  const without = await nameServer(t, (asked) => [answerTo(asked, { rcode: 3 })]);
  const rcodeFrom = async (...servers: readonly Upstream[]) => {
    const found = await createForward({ upstreams: () => servers, newId: ids() })(query(question('x.test')), UDP);
    return read(found).rcode;
  };
  assert.equal(await rcodeFrom(failing), 'SERVFAIL');
  assert.equal(await rcodeFrom(without, failing), 'NXDOMAIN');
});

test('where nobody is, or nobody answers, it ends without an answer', async (t) => {
  const nobody = [[], [{ address: '127.0.0.1', port: 1 }], [await silent(t)]];
  for (const servers of nobody) {
    const forward = createForward({ upstreams: () => servers, newId: ids() });
    assert.equal(await forward(query(question('example.com')), UDP), undefined);
  }
});

test('one asker has a bounded number of questions under way, and others are heard beside it', async (t) => {
  const held: Buffer[] = [];
  const server = await nameServer(t, (asked) => {
    const [{ name = '' } = {}] = decode(asked).questions ?? [];
    if (name === 'quick.test') return [answerTo(asked)];
    held.push(asked);
    return [];
  });
  const forward = createForward({ upstreams: () => [server], newId: ids() });
  const flood = Array.from({ length: 150 }, () => forward(query(question('slow.test')), UDP));
  assert.equal(await forward(query(question('quick.test')), UDP), undefined);
  const other = { address: '10.208.0.3', over: 'udp' as const };
  assert.ok(await forward(query(question('quick.test')), other));
  assert.ok((await Promise.all(flood)).every((found) => found === undefined));
  assert.ok(await forward(query(question('quick.test')), UDP), 'its places are free again');
});
