import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { encode } from 'dns-packet';
import type { Table } from '../../../src/core/route/table.ts';
import { createFrames, framed } from '../../../src/dataplane/resolver/frames.ts';
import { question, type Read, read } from '../../unit/dataplane/resolver/ask.ts';
import { finallyDo, isAlive, type Lab, startApp, startLab, statusOf, table, target, until } from './support/lab.ts';

const asRoot = { skip: process.getuid?.() !== 0 };

let places = 0;
/** An address of loopback that no other test has: port 53 of it is ours. */
const place = (): string => {
  places += 1;
  return `127.77.${process.pid % 250}.${places}`;
};

/** Asks over UDP, and waits for an answer for as long as a client may. */
const ask = (server: string, bytes: Buffer, within = 30_000): Promise<Read> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const end = (act: () => void) => {
      clearTimeout(late);
      socket.close();
      act();
    };
    const late = setTimeout(() => end(() => reject(new Error(`no answer within ${within} ms`))), within);
    socket.on('message', (found) => end(() => resolve(read(found))));
    socket.on('error', (error) => end(() => reject(error)));
    socket.send(bytes, 53, server);
  });

const askTcp = (server: string, bytes: Buffer): Promise<Read> =>
  new Promise((resolve, reject) => {
    const socket = connect(53, server);
    const frames = createFrames();
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      const [found] = frames.push(chunk);
      if (found) resolve(read(found));
      if (found) socket.destroy();
    });
    socket.write(framed(bytes));
  });

/** Service `db`, of the project of whoever asks on this machine, with one task at a real app. */
const namesOf = (revision: number, port: number): Table => ({
  ...table(revision, [target('db-1', port)], []),
  names: {
    subnet: '127.0.0.0/8',
    projects: [{ project: 'shop', askers: ['127.0.0.1'] }],
    services: [
      {
        project: 'shop',
        name: 'db',
        to: [],
        tasks: [{ task: 'db-1', probed: true, addresses: { shop: '10.208.16.2' } }],
      },
    ],
  },
});

interface Named extends Lab {
  readonly address: string;
  readonly app: Awaited<ReturnType<typeof startApp>>;
  resolver(): number;
}

/** A data plane that answers for names, whose one task is ready. */
async function startNamed(t: TestContext, args: readonly string[] = []): Promise<Named> {
  const address = place();
  const app = await startApp(t);
  const lab = await startLab(t, { names: () => address, args });
  lab.link.publish(namesOf(1, app.port));
  await until('acknowledged', () => lab.link.settled());
  await until('ready', () => lab.link.health('db-1')?.ready);
  const resolver = () => lab.link.workers()?.find(({ pid }) => isResolver(pid))?.pid ?? 0;
  return { ...lab, address, app, resolver };
}

const isResolver = (pid: number): boolean => commandOf(pid).includes('ingress-resolver');
const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

test('names are answered over UDP and TCP by a worker with no rights, which acknowledges tables', asRoot, async (t) => {
  const { address, link, resolver } = await startNamed(t);
  assert.equal(link.names(), address);
  assert.deepEqual((await ask(address, question('db'))).addresses, ['10.208.16.2']);
  assert.deepEqual((await askTcp(address, question('db.shop.internal'))).addresses, ['10.208.16.2']);
  assert.equal(link.workers()?.length, 3);
  assert.equal(statusOf(resolver(), 'Uid').split('\t')[0], '60880');
  assert.equal(statusOf(resolver(), 'CapEff'), '0'.repeat(16));
});

test('a task that is not ready has no name, and has it again when it is', asRoot, async (t) => {
  const { address, app } = await startNamed(t);
  app.server.closeAllConnections();
  app.server.close();
  await until('withdrawn', async () => (await ask(address, question('db'))).addresses.length === 0);
  await new Promise<void>((resolve) => app.server.listen(app.port, '127.0.0.1', resolve));
  await until('back', async () => (await ask(address, question('db'))).addresses.length === 1);
});

/** Questions that wait at once: the kernel keeps some hundred for a resolver that is not there, however long that is. */
const MOST_WAITING = 100;

/** Asks on and on, without waiting for answers, as the clients of a busy service do. */
function startAsking(t: TestContext, server: string) {
  const asked: { readonly at: number; answeredAt?: number; readonly answer: Promise<Read> }[] = [];
  const asking = setInterval(() => {
    if (asked.filter(({ answeredAt }) => answeredAt === undefined).length >= MOST_WAITING) return;
    const one = { at: performance.now(), answer: ask(server, question('db')) };
    const entry: (typeof asked)[number] = one;
    one.answer.then(
      () => {
        entry.answeredAt = performance.now();
      },
      () => {},
    );
    asked.push(entry);
  }, 10);
  t.after(() => clearInterval(asking));
  return asked;
}

test(
  'a resolver that is killed is replaced: whoever asks all the while is answered again, and all that was asked meanwhile',
  asRoot,
  async (t) => {
    const { address, resolver } = await startNamed(t);
    const first = resolver();
    const asked = startAsking(t, address);
    await until('answers', () => asked.some(({ answeredAt }) => answeredAt !== undefined));
    process.kill(first, 'SIGKILL');
    await until('gone', () => !isAlive(first));
    const goneAt = performance.now();
    const since = () => asked.filter(({ at }) => at >= goneAt);
    await until('another one', () => resolver() !== 0 && resolver() !== first);
    await until('answers again', () => since().filter(({ answeredAt }) => answeredAt !== undefined).length >= 20);
    for (const { answer } of since()) assert.deepEqual((await answer).addresses, ['10.208.16.2']);
    const back = Math.min(...since().map(({ answeredAt = Number.POSITIVE_INFINITY }) => answeredAt));
    t.diagnostic(`answered again after ${Math.round(back - goneAt)} ms`);
  },
);

test('names go on while no server is there', asRoot, async (t) => {
  const { address, link, launcher } = await startNamed(t);
  launcher.stop();
  link.close();
  await until('the connection is lost', () => link.connected() === undefined);
  assert.deepEqual((await ask(address, question('db'))).addresses, ['10.208.16.2']);
});

/** A name server that knows `example.com`, whatever it is asked, and keeps what that was. */
async function startUpstream(t: TestContext) {
  const upstream = createSocket('udp4');
  const asked: string[] = [];
  upstream.on('message', (bytes, { address, port }) => {
    const { id = 0, questions = [] } = read(bytes);
    asked.push(...questions.map(({ name }) => name));
    const answers = [{ type: 'A' as const, name: 'example.com', ttl: 300, data: '192.0.2.7' }];
    upstream.send(encode({ type: 'response', id, questions, answers }), port, address);
  });
  await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', () => resolve()));
  finallyDo(t, () => upstream.close());
  return { asked, args: ['--name-servers', `127.0.0.1:${upstream.address().port}`] };
}

test(
  'the outside world is asked of the name servers that were set, and never for a name below .internal',
  asRoot,
  async (t) => {
    const upstream = await startUpstream(t);
    const { address, app, link } = await startNamed(t, upstream.args);
    const names = ['nobody.shop.internal', 'web.other.internal', 'internal', 'shop.internal'];
    const check = async () => {
      for (const name of names)
        for (const ask1 of [ask, askTcp]) assert.deepEqual((await ask1(address, question(name))).addresses, [], name);
      assert.deepEqual((await ask(address, question('example.com'))).addresses, ['192.0.2.7']);
    };
    await check();
    link.publish(table(2, [target('db-1', app.port)], []));
    await until('a table without names', () => link.settled());
    await check();
    assert.equal((await ask(address, question('db.shop.internal'))).rcode, 'NXDOMAIN');
    assert.deepEqual(new Set(upstream.asked), new Set(['example.com']));
  },
);

test('where no name server answers, the client is told so', asRoot, async (t) => {
  const silent = createSocket('udp4');
  await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', () => resolve()));
  finallyDo(t, () => silent.close());
  const { address } = await startNamed(t, ['--name-servers', `127.0.0.1:${silent.address().port}`]);
  assert.equal((await ask(address, question('example.com'))).rcode, 'SERVFAIL');
});

test('hostile bytes do not end it', asRoot, async (t) => {
  const { address, resolver } = await startNamed(t);
  const first = resolver();
  const socket = createSocket('udp4');
  finallyDo(t, () => socket.close());
  const whole = question('db.shop.internal');
  for (let at = 0; at < 2_000; at += 1) {
    const bytes = Buffer.from(whole.subarray(0, 1 + (at % whole.length)));
    bytes[(at * 7) % bytes.length] = at % 256;
    await new Promise((resolve) => socket.send(bytes, 53, address, resolve));
  }
  await new Promise<void>((resolve) => {
    const hostile = connect(53, address, () => hostile.end(Buffer.alloc(100_000, 0xff)));
    hostile.on('error', () => {});
    hostile.on('close', () => resolve());
    hostile.resume();
  });
  // One that is asked while the queue of its socket is full is lost, as UDP has it.
  const { addresses } = await until('an answer', () => ask(address, question('db'), 3_000).catch(() => undefined));
  assert.deepEqual(addresses, ['10.208.16.2']);
  assert.equal(resolver(), first);
});

test('without its port the data plane serves requests, and says who has the port', asRoot, async (t) => {
  const address = place();
  const other = createSocket('udp4');
  await new Promise<void>((resolve) => other.bind(53, address, () => resolve()));
  finallyDo(t, () => other.close());
  const { link, launcher } = await startLab(t, { names: () => address });
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  assert.equal(link.names(), undefined);
  assert.match(launcher.namesProblem() ?? '', /^port 53 of 127\.77\..* is in use by .*\(pid \d+\)$/);
});

test('one that was started before the address was there is replaced when it comes', asRoot, async (t) => {
  const address = place();
  let known: string | undefined;
  const { link } = await startLab(t, { names: () => known });
  const { pid } = await until('a data plane without names', () => link.connected());
  assert.equal(link.names(), undefined);
  known = address;
  await until('another one', () => link.names() === address);
  assert.notEqual(link.connected()?.pid, pid);
  link.publish(namesOf(1, 1));
  await until('acknowledged', () => link.settled());
  assert.equal((await ask(address, question('nobody.shop.internal'))).rcode, 'NXDOMAIN');
});
