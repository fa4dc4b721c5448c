import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import type { NamedTask } from '../../../../src/core/names/names.ts';
import { createResolver, type ResolverOptions } from '../../../../src/dataplane/resolver/resolver.ts';
import { edns, question, read } from './ask.ts';

const OWN = '10.208.0.1';
const subnet = () => '10.208.0.0/20';
const WEB = { address: '10.208.0.2', over: 'udp' as const };

const health = (task: string, ready: boolean) => ({
  task,
  container: 'c',
  startedAt: engineTime(1),
  ready,
  since: planeTime(1),
  passes: 2,
  misses: 0,
});

/** One that knows service `db` of the asker's project, with these tasks. */
function setUp(tasks: readonly NamedTask[], forward: ResolverOptions['forward'] = async () => undefined) {
  const resolver = createResolver({ forward, own: OWN, subnet, random: () => 0.5 });
  resolver.use({
    id: { cluster: 'c', term: 1, revision: 1 },
    pools: [],
    routes: [],
    targets: [],
    names: {
      subnet: '10.208.0.0/20',
      projects: [{ project: 'shop', askers: [WEB.address] }],
      services: [{ project: 'shop', name: 'db', to: [], tasks }],
    },
  });
  const ask = async (bytes: Buffer, asker: { address: string; over: 'udp' | 'tcp' } = WEB) => {
    const answer = await resolver.ask(bytes, asker);
    return { ...read(answer), bytes: answer ?? Buffer.alloc(0) };
  };
  return { ...resolver, ask };
}

const task = (number: number, probed = true): NamedTask => ({
  task: `db-${number}`,
  probed,
  addresses: { shop: `10.208.16.${number + 1}` },
});

test('the ready tasks are told, with a TTL of 1 s', async () => {
  const { ask, setHealth } = setUp([task(1), task(2), task(3, false)]);
  setHealth([health('db-1', true), health('db-2', false)]);
  const answer = await ask(question('db'));
  assert.deepEqual(answer.addresses, ['10.208.16.2', '10.208.16.4']);
  assert.ok(answer.answers?.every((one) => 'ttl' in one && one.ttl === 1));
  assert.deepEqual([answer.id, answer.rcode, answer.flag_qr, answer.flag_ra], [4711, 'NOERROR', true, true]);
});

test('a service without a ready task is a name without an address, as nothing says that it does not exist', async () => {
  const { ask } = setUp([task(1)]);
  const answer = await ask(question('db.shop.internal'));
  assert.deepEqual([answer.rcode, answer.addresses], ['NOERROR', []]);
});

test('there is no IPv6 address, and nothing else, under a name that exists', async () => {
  const { ask } = setUp([task(1, false)]);
  for (const type of ['AAAA', 'MX', 'TXT'] as const) {
    const answer = await ask(question('db', type));
    assert.deepEqual([type, answer.rcode, answer.addresses], [type, 'NOERROR', []]);
  }
  assert.deepEqual((await ask(question('db', 'ANY'))).addresses, ['10.208.16.2']);
});

test('a name that would be one of the project, and is none, does not exist: nobody else is asked', async () => {
  const { ask } = setUp([task(1)], async () => assert.fail());
  assert.equal((await ask(question('nobody.shop.internal'))).rcode, 'NXDOMAIN');
});

test('an answer that does not fit is cut and says so; over TCP it is whole, and EDNS makes it fit', async () => {
  const { ask } = setUp(Array.from({ length: 60 }, (_, number) => task(number, false)));
  const cut = await ask(question('db'));
  assert.deepEqual([cut.flag_tc, cut.addresses.length], [true, 0]);
  assert.ok(cut.bytes.length <= 512);
  assert.equal((await ask(question('db'), { ...WEB, over: 'tcp' })).addresses.length, 60);
  const wide = await ask(question('db', 'A', edns(4096)));
  assert.deepEqual([wide.flag_tc, wide.addresses.length], [false, 60]);
  assert.ok(wide.additionals?.some(({ type }) => type === 'OPT'));
});

test('everybody but the containers and the machine itself is refused, with names or without, before a table too', async () => {
  const stranger = { address: '192.0.2.1', over: 'udp' as const };
  const own = { address: OWN, over: 'udp' as const };
  const options = { forward: async () => Buffer.from(question('x')), own: OWN, subnet, random: Math.random };
  const resolver = createResolver(options);
  const rcodeFor = async (asker: typeof own) => read(await resolver.ask(question('example.com'), asker)).rcode;
  const check = async () => {
    assert.equal(await rcodeFor(stranger), 'REFUSED');
    assert.notEqual(await rcodeFor(own), 'REFUSED');
    assert.notEqual(await rcodeFor(WEB), 'REFUSED');
  };
  await check();
  resolver.use({ id: { cluster: 'c', term: 1, revision: 1 }, pools: [], routes: [], targets: [] });
  await check();
  assert.equal((await setUp([]).ask(question('example.com'), stranger)).rcode, 'REFUSED');
});

test('while the network of the containers is not there, the machine alone is answered', async () => {
  const resolver = createResolver({
    forward: async () => undefined,
    own: OWN,
    subnet: () => undefined,
    random: Math.random,
  });
  assert.equal(read(await resolver.ask(question('example.com'), WEB)).rcode, 'REFUSED');
  assert.equal(read(await resolver.ask(question('example.com'), { ...WEB, address: OWN })).rcode, 'SERVFAIL');
});

test('what nobody answers fails, so that the client asks again', async () => {
  assert.equal((await setUp([]).ask(question('example.com'))).rcode, 'SERVFAIL');
});

test('the order of the tasks is drawn', async () => {
  const tasks = [task(1, false), task(2, false), task(3, false)];
  const first = async (random: number) => {
    const resolver = createResolver({ forward: async () => undefined, own: OWN, subnet, random: () => random });
    const names = {
      subnet: '10.208.0.0/20',
      projects: [{ project: 'shop', askers: [WEB.address] }],
      services: [{ project: 'shop', name: 'db', to: [], tasks }],
    };
    resolver.use({ id: { cluster: 'c', term: 1, revision: 1 }, pools: [], routes: [], targets: [], names });
    const [one] = read(await resolver.ask(question('db'), WEB)).answers ?? [];
    return one && 'data' in one ? one.data : undefined;
  };
  assert.notEqual(await first(0), await first(0.99));
});

test('bytes that are no question are answered as such or not at all, and never throw', async () => {
  const { ask } = setUp([task(1)]);
  const { ask: raw } = createResolver({ forward: async () => undefined, own: OWN, subnet, random: Math.random });
  assert.equal(await raw(Buffer.from([1, 2, 3]), WEB), undefined);
  assert.equal((await ask(Buffer.concat([question('db').subarray(0, 14)]))).rcode, 'FORMERR');
  const answer = question('db');
  answer.writeUInt16BE(0x8000, 2);
  assert.equal(await raw(answer, WEB), undefined, 'an answer is not answered');
  const status = question('db');
  status.writeUInt16BE(2 << 11, 2);
  assert.equal((await ask(status)).rcode, 'NOTIMP');
  const long = Buffer.concat([question('db'), Buffer.alloc(60_000)]);
  assert.equal((await ask(long)).rcode, 'FORMERR', 'what is longer than any question is not read');
  const bent = fc
    .tuple(fc.constantFrom(question('db'), question('a.b.shop.internal', 'AAAA', edns(1232))), fc.nat(), fc.nat(255))
    .map(([bytes, at, byte]) => {
      const copy = Buffer.from(bytes);
      copy[at % copy.length] = byte;
      return copy.subarray(0, 1 + (at % 64));
    });
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    bent,
  );
  await fc.assert(
    fc.asyncProperty(anything, async (bytes) => {
      const found = await raw(bytes, WEB);
      if (found) assert.equal(found.readUInt16BE(0), bytes.readUInt16BE(0));
    }),
    { numRuns: 2000 },
  );
});
