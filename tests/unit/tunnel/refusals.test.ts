import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, performServerHandshake } from 'node:http2';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { ALPN, MASTER_NAME } from '../../../src/core/nodes/wire.ts';
import type { DialerOptions } from '../../../src/tunnel/dialer-options.ts';
import { type Authority, createAuthority, type Identity, nodeId } from '../../lab/certificates.ts';
import { until } from '../../lab/until.ts';
import {
  answers,
  CLUSTER,
  type Node,
  openPort,
  openTarget,
  type Port,
  startNode,
  type Target,
} from '../../lab/wire.ts';

const id = nodeId();
let authority: Authority;
let stranger: Authority;
before(() => {
  authority = createAuthority();
  stranger = createAuthority('another');
});

/** What a node is told by a port that does not let it in. */
async function toldTo(identity: Identity | undefined, port: number, protocol: string = ALPN.control): Promise<string> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ...identity,
    ca: [authority.ca],
    servername: MASTER_NAME,
    ALPNProtocols: [protocol],
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  const session = performServerHandshake(socket);
  session.on('error', () => undefined);
  const [, , said] = await once(session, 'goaway');
  session.destroy();
  socket.destroy();
  return Buffer.from(said ?? []).toString();
}

describe('the node port', () => {
  let port: Port;
  const asked: string[] = [];
  before(async () => {
    port = await openPort(authority.master(), {
      admit: (node, key) => {
        asked.push(`${node} ${key}`);
        return node === id ? undefined : 'this node was removed from the cluster';
      },
    });
  });
  after(() => port?.port.close());

  test('lets nobody in without a certificate of its cluster, and says why', async () => {
    assert.match(await toldTo(undefined, port.number), /^no certificate was shown$/);
    const wrong = { ...stranger.node(id), ca: [authority.ca] };
    assert.match(await toldTo(wrong, port.number), /^the certificate is not valid here \(.+\)$/);
    assert.match(await toldTo(authority.node(id, -1), port.number), /not valid here \(CERT_HAS_EXPIRED\)/);
    const server = authority.issue({ name: id, usage: 'serverAuth' });
    assert.match(await toldTo(server, port.number), /not valid here \(INVALID_PURPOSE\)/);
    const nobody = authority.issue({ name: 'not-an-id', usage: 'clientAuth' });
    assert.match(await toldTo(nobody, port.number), /not that of a node/);
    assert.deepEqual(asked, []);
    assert.deepEqual(port.told, []);
  });

  test('asks who may come in, by id and key', async () => {
    assert.equal(await toldTo(authority.node(nodeId()), port.number), 'this node was removed from the cluster');
    assert.match(asked.at(-1) ?? '', /^[a-z2-7]{16} [0-9a-f]{64}$/);
  });

  test('speaks TLS 1.3, and what nodes speak, only', async () => {
    const refused = async (options: object): Promise<string> => {
      const socket = connect({
        port: port.number,
        host: '127.0.0.1',
        ca: [authority.ca],
        servername: MASTER_NAME,
        ...options,
      });
      const [error] = await once(socket, 'error');
      return error.code;
    };
    assert.match(await refused({ maxVersion: 'TLSv1.2', ALPNProtocols: [ALPN.join] }), /ALERT_PROTOCOL_VERSION/);
    assert.match(await refused({ ALPNProtocols: ['h2'] }), /NO_APPLICATION_PROTOCOL/);
    const none = connect({ port: port.number, host: '127.0.0.1', ca: [authority.ca], servername: MASTER_NAME });
    await once(none, 'close');
  });

  test('says where it cannot listen', async () => {
    const again = openPort(authority.master(), {}, port.number);
    await assert.rejects(again, { code: 'unavailable', message: /cannot listen on 127.0.0.1:\d+: EADDRINUSE/ });
  });
});

describe('a node', () => {
  let target: Target;
  before(async () => {
    target = await openTarget((socket) => socket.end('reached'));
  });
  after(() => target?.close());

  /** A master of this test's own making, that does as `ask` says with each connection until one gives true. */
  async function greetedBy(
    ask: (session: ClientHttp2Session, way: string) => Promise<boolean>,
    changes: Partial<DialerOptions> = {},
  ): Promise<Node> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { cert, key } = authority.master();
    const protocols = [ALPN.control, ALPN.bulk];
    const server = createServer({
      key,
      ca: authority.ca,
      cert: cert + authority.ca,
      ALPNProtocols: protocols,
      requestCert: true,
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      const session = connectHttp2('http://node', { createConnection: () => socket });
      session.on('error', () => undefined);
      ask(session, String(socket.alpnProtocol)).then((isDone) => isDone && resolve(), reject);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const node = startNode(id, authority.node(id), port, { targets: { docker: target.path }, ...changes });
    try {
      await promise;
    } finally {
      await node.dialer.close();
      server.close();
    }
    return node;
  }

  async function request(session: ClientHttp2Session, headers: object, body?: string): Promise<[number, string]> {
    const stream = session.request({ ...headers }, { endStream: false });
    stream.on('error', () => undefined).end(body);
    const [said, [got]] = await Promise.all([text(stream), once(stream, 'response')]);
    return [got[':status'], said];
  }
  const hello = (changes: object = {}) =>
    JSON.stringify({ protocol: 1, cluster: CLUSTER, term: 5, version: '1.0.0', ...changes });
  const HELLO = { ':method': 'POST', ':path': '/hello' };
  const DOCKER = { ':method': 'CONNECT', ':authority': 'docker' };

  test('answers nothing before hello, and nothing that is not on its list', async () => {
    await greetedBy(async (session, way) => {
      if (way !== ALPN.control) return false;
      assert.deepEqual(await request(session, DOCKER), [403, '{"message":"say hello first"}']);
      assert.deepEqual((await request(session, { ':method': 'GET', ':path': '/status' }))[0], 403);
      assert.equal((await request(session, HELLO, 'no JSON'))[0], 400);
      assert.equal((await request(session, HELLO, '{"protocol":1}'))[0], 400);
      assert.equal((await request(session, HELLO, 'x'.repeat(100_000)))[0], 413);
      assert.match(
        (await request(session, HELLO, hello({ protocol: 2 })))[1],
        /speaks version 1 of the wire, the master version 2/,
      );
      assert.match(
        (await request(session, HELLO, hello({ cluster: 'c2' })))[1],
        /is of cluster c1, the master of cluster c2/,
      );
      assert.equal((await request(session, DOCKER))[0], 403);

      assert.deepEqual(await request(session, HELLO, hello()), [
        200,
        JSON.stringify({ protocol: 1, id, version: '1.0.0' }),
      ]);
      assert.deepEqual(await request(session, DOCKER), [200, 'reached']);
      for (const authority of ['etc-passwd', 'data-plane', 'toString', 'docker:80'])
        assert.equal((await request(session, { ':method': 'CONNECT', ':authority': authority }))[0], 403, authority);
      for (const path of ['/', '/status/', '/containers/json', '/hello'])
        assert.equal((await request(session, { ':method': 'GET', ':path': path }))[0], 404, path);
      assert.equal(
        (await request(session, { ':method': 'PUT', ':path': '/certificate' }, '{"certificate":1}'))[0],
        400,
      );
      assert.equal((await request(session, HELLO, hello({ term: 6 })))[0], 409);
      return true;
    });
  });

  test('serves a newer master and no older one; what the older one had open ends', async () => {
    const waiting = await openTarget(() => undefined);
    const hello5 = Promise.withResolvers<void>();
    let isNewer = false;
    const older = async (session: ClientHttp2Session): Promise<boolean> => {
      const [status, said] = await request(session, HELLO, hello({ term: 5 }));
      if (isNewer) {
        assert.deepEqual([status, said], [409, '{"message":"it has served a newer master, of term 6","term":6}']);
        return true;
      }
      assert.equal(status, 200);
      const held = request(session, DOCKER, 'held');
      const ended = once(session, 'close');
      hello5.resolve();
      await assert.rejects(held);
      await ended;
      return false;
    };
    const newer = async (session: ClientHttp2Session): Promise<boolean> => {
      await hello5.promise;
      assert.equal((await request(session, HELLO, hello({ term: 6 })))[0], 200);
      isNewer = true;
      return false;
    };
    const node = await greetedBy((session, way) => (way === ALPN.control ? older(session) : newer(session)), {
      targets: { docker: waiting.path },
    });
    assert.equal(node.term.seen, 6);
    waiting.close();
  });

  test('dials no port that shows no certificate of a master of its cluster', async () => {
    const impostors = [
      { ...stranger.master(), problem: /its certificate is of another cluster/ },
      { ...authority.node(nodeId()), problem: /its certificate is not that of a master/ },
      { ...authority.master(-1), problem: /its certificate is out of date/ },
      {
        ...authority.issue({ name: 'master', usage: 'clientAuth', san: MASTER_NAME }),
        problem: /unsuitable certificate purpose/,
      },
    ];
    for (const { problem, ...identity } of impostors) {
      const port = await openPort(identity);
      const node = startNode(id, authority.node(id), port.number);
      await until(String(problem), () => node.problems.some((one) => problem.test(one)));
      assert.equal(node.dialer.isUp(), false);
      await node.dialer.close();
      await port.port.close();
      assert.deepEqual(port.told, []);
    }
  });
});

test('what a node says of itself is believed no further than its certificate', async () => {
  const lines: string[] = [];
  const warn = (fields: object) => void lines.push(JSON.stringify(fields));
  const port = await openPort(authority.master(), { log: { debug: warn, info: () => undefined, warn } });
  const node = startNode(id, authority.node(id), port.number, {
    answer: answers(nodeId()),
  });
  await until('it to be refused', () => lines.some((line) => line.includes('its certificate is of another node')));
  assert.equal(port.port.wire(id).isUp(), false);
  await assert.rejects(port.port.wire(id).status(), {
    code: 'unavailable',
    message: /^node "[a-z2-7]+" is not connected: /,
  });
  await node.dialer.close();
  await port.port.close();
});
