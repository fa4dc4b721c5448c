import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { after, before, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import type { JoinLine } from '../../../src/core/nodes/join-line.ts';
import { ALPN, type JoinReply, type JoinRequest, MASTER_NAME } from '../../../src/core/nodes/wire.ts';
import { askToJoin, goToMaster } from '../../../src/tunnel/ask-to-join.ts';
import { type Authority, createAuthority, nodeId } from '../../lab/certificates.ts';
import { until } from '../../lab/until.ts';
import { openPort, type Port, request, startNode } from '../../lab/wire.ts';

const SECRET = 's'.repeat(32);

let authority: Authority;
let port: Port;
let decide: (request: JoinRequest) => Promise<JoinReply>;
const heard: string[] = [];
before(async () => {
  authority = createAuthority();
  port = await openPort(authority.master(), {
    onJoin: (request, remote) => {
      heard.push(`${remote} ${request.secret} ${request.name}`);
      return decide(request);
    },
  });
});
after(() => port?.port.close());

const line = (changes: Partial<JoinLine> = {}): JoinLine => ({
  host: '127.0.0.1',
  port: port.number,
  secret: SECRET,
  ca: authority.digest,
  ...changes,
});
const joined = (id: string, changes: Partial<Extract<JoinReply, { type: 'joined' }>> = {}): JoinReply => ({
  type: 'joined',
  cluster: 'c1',
  id,
  name: 'w1',
  certificate: authority.node(id).cert,
  ca: [authority.ca],
  now: 1,
  ...changes,
});

test('the secret is heard once the master has shown who it is, and the reply has a certificate', async () => {
  const wanted = request();
  decide = async () => joined(wanted.id);
  const master = await goToMaster(line());
  assert.equal(master.greeting.protocol, 1);
  assert.deepEqual(heard.splice(0), []);
  const reply = await master.join(wanted);
  assert.equal(reply.cluster, 'c1');
  assert.deepEqual(heard.splice(0), [`127.0.0.1 ${SECRET} w1`]);
});

test('what shows another CA than that of the line hears no secret', async () => {
  const stranger = createAuthority('another');
  const said: Buffer[] = [];
  const { cert, key } = stranger.master();
  const server = createServer({ key, cert: cert + stranger.ca, ALPNProtocols: [ALPN.join] }, (socket) => {
    socket.on('data', (bytes) => said.push(bytes)).on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = (server.address() as { port: number }).port;
  await assert.rejects(askToJoin(line({ port: at }), request()), {
    code: 'forbidden',
    message: `what answers at 127.0.0.1:${at} is not the master that this line is of`,
  });

  // It may show the certificate of the CA as anybody may, but has none of it itself.
  server.setSecureContext({ key, cert: cert + authority.ca + stranger.ca });
  await assert.rejects(askToJoin(line({ port: at }), request()), { code: /forbidden|unavailable/ });
  // A node of the cluster shows one of it, but not that of a master.
  const node = authority.node(nodeId());
  server.setSecureContext({ key: node.key, cert: node.cert + authority.ca });
  await assert.rejects(askToJoin(line({ port: at }), request()), {
    code: 'unavailable',
    message: /not that of a master/,
  });
  server.close();
  assert.deepEqual(said, []);
});

test('a refusal has its words, and says what kind it is', async () => {
  const wanted = request();
  for (const [code, expected] of [
    ['secret', 'unauthorized'],
    ['name', 'conflict'],
    ['protocol', 'not_yet_supported'],
    ['invalid', 'invalid'],
    ['unavailable', 'unavailable'],
  ] as const) {
    decide = async () => ({ type: 'refused', code, message: `no: ${code}`, hint: 'do that' });
    await assert.rejects(askToJoin(line(), wanted), { code: expected, message: `no: ${code}`, hint: 'do that' });
  }
  decide = async () => Promise.reject(new Error('a bug'));
  await assert.rejects(askToJoin(line(), wanted), { code: 'unavailable', message: /could not decide/ });
  heard.length = 0;
});

test('a reply that proves nothing is not believed', async () => {
  const wanted = request();
  const stranger = createAuthority('another');
  for (const changes of [
    { ca: [stranger.ca] },
    { certificate: stranger.node(wanted.id).cert },
    { certificate: 'none' },
    { ca: [] },
  ]) {
    decide = async () => joined(wanted.id, changes);
    await assert.rejects(askToJoin(line(), wanted), {
      code: 'unavailable',
      message: /gave no answer that can be used/,
    });
  }
});

test('a port that cannot be reached is told with why, and what to look at', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const at = (closed.address() as { port: number }).port;
  closed.close();
  await once(closed, 'close');
  await assert.rejects(askToJoin(line({ port: at }), request()), {
    code: 'unavailable',
    message: `the master at 127.0.0.1:${at} cannot be reached: nothing listens on this port`,
    hint: `is the master running, and does its firewall let TCP port ${at} in from this machine?`,
  });
  await assert.rejects(askToJoin(line({ host: 'nowhere.invalid' }), request()), {
    message: /its name (is not known|cannot be looked up)/,
  });
});

/** Writes to the port as nobody of orca's would. Gives what comes, after the greeting. */
async function write(text: string): Promise<string> {
  const socket = connect({
    port: port.number,
    host: '127.0.0.1',
    ca: [authority.ca],
    servername: MASTER_NAME,
    ALPNProtocols: [ALPN.join],
  });
  let said = '';
  socket
    .on('error', () => undefined)
    .on('data', (bytes) => {
      said += bytes;
    });
  socket.write(text);
  await once(socket, 'close');
  return said.split('\n')[1] ?? '';
}

test('what is no request is refused without being asked about', async () => {
  decide = async () => joined(nodeId());
  heard.length = 0;
  const whole = { protocol: 1, secret: SECRET, ...request() };
  for (const text of [
    '{}',
    'no JSON',
    '[]',
    JSON.stringify({ ...whole, id: 'short' }),
    JSON.stringify({ ...whole, name: 'n'.repeat(300) }),
  ])
    assert.match(await write(`${text}\n`), /"code":"invalid"/, text);
  assert.match(
    await write(`${JSON.stringify({ ...whole, protocol: 2 })}\n`),
    /"code":"protocol".*version 2 of the wire/,
  );
  assert.equal(await write('x'.repeat(70_000)), '');
  assert.deepEqual(heard, []);
});

test('a flood of silent connections keeps no node out', async () => {
  const silent = Array.from({ length: 300 }, (_, i) => {
    const options = { port: port.number, host: '127.0.0.1' };
    const tls = { ...options, rejectUnauthorized: false, ALPNProtocols: [ALPN.join] };
    return (i % 2 === 0 ? connectTcp(options) : connect(tls)).on('error', () => undefined).resume();
  });
  await until('the oldest to be sent away', () => silent.filter(({ destroyed }) => destroyed).length > 200);
  const id = nodeId();
  const node = startNode(id, authority.node(id), port.number);
  await until('the node to connect', () => port.port.wire(id).isUp());
  for (const socket of silent) socket.destroy();
  assert.ok(port.port.wire(id).isUp());
  await node.dialer.close();
});

test('who asks too often waits', async () => {
  let refused: unknown;
  decide = async () => joined(nodeId());
  for (let attempt = 0; attempt < 300 && refused === undefined; attempt += 1)
    await goToMaster(line()).then(
      (master) => master.leave(),
      (error) => {
        refused = error;
      },
    );
  assert.match(String(refused), /too many attempts to join from this address/);
});
