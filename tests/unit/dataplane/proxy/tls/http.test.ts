import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import type { RouteTls } from '../../../../../src/core/route/table.ts';
import { until } from '../../../../lab/until.ts';
import { health, httpOrigin, route, table, target } from '../rig.ts';
import { ask, get, handshake, makeCa, type SecureRig, setOf, startSecure } from './rig.ts';

/** An app under each of these hosts, with what its route says of TLS. */
function serve({ proxy }: SecureRig, port: number, hosts: Readonly<Record<string, RouteTls | undefined>>): void {
  const web = target('web.1', port);
  const made = table(
    Object.keys(hosts).map((host) => route(['web.1'], { host })),
    [web],
  );
  proxy.use({ ...made, routes: made.routes.map((one) => ({ ...one, tls: hosts[one.host] })) });
  proxy.setHealth([health(web)]);
}

const clear = (t: Parameters<typeof startSecure>[0], port: number) => {
  const socket = connectTcp(port, '127.0.0.1');
  t.after(() => socket.destroy());
  return socket;
};

test('the service hears of HTTPS, the access log says so, and HSTS is sent where it is wanted, by HTTPS alone', async (t) => {
  const rig = await startSecure(t);
  const origin = await httpOrigin(t, ({ headers }, response) => response.end(JSON.stringify(headers)));
  serve(rig, origin.port, { 'a.test': { redirect: 'never', hsts: 'max-age=300' }, 'b.test': { redirect: 'never' } });
  const answer = await ask(await handshake(t, rig.port, { servername: 'a.test' }), get('a.test', '/x?y'));
  assert.match(answer, /\r\nStrict-Transport-Security: max-age=300\r\n/);
  const heard = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
  assert.deepEqual([heard['x-forwarded-proto'], heard['x-forwarded-port']], ['https', String(rig.port)]);
  assert.doesNotMatch(await ask(await handshake(t, rig.port, { servername: 'b.test' }), get('b.test')), /Strict-/);
  const inClear = await ask(clear(t, rig.httpPort), get('a.test'));
  assert.match(inClear, /"x-forwarded-proto":"http"/);
  assert.doesNotMatch(inClear, /Strict-/);
  assert.deepEqual(
    rig.log.map(({ scheme, host }) => `${scheme} ${host}`),
    ['https a.test', 'https b.test', 'http a.test'],
  );
});

test('plain HTTP is sent on to HTTPS once the host has a certificate that is believed, always, or never', async (t) => {
  const rig = await startSecure(t, { trustedProxies: [] });
  const { issue } = await makeCa();
  const origin = await httpOrigin(t, (_, response) => response.end('served'));
  serve(rig, origin.port, {
    'default.test': undefined,
    'always.test': { redirect: 'always' },
    'never.test': { redirect: 'never' },
  });
  const status = async (host: string, path = '/') => (await ask(clear(t, rig.httpPort), get(host, path))).split(' ')[1];
  const each = () =>
    Promise.all(['default.test', 'always.test', 'never.test', 'other.test'].map((host) => status(host)));
  assert.deepEqual(await each(), ['200', '308', '200', '404']);
  const set = setOf([await issue('default.test', 'never.test')], { http01: [{ token: 't', keyAuthorization: 't.x' }] });
  rig.proxy.certify(set);
  assert.deepEqual(await each(), ['308', '308', '200', '404']);
  assert.equal(await status('always.test', '/.well-known/acme-challenge/t'), '200');
  const answer = await ask(clear(t, rig.httpPort), get('default.test', '/a/%2e/../b?c=d'));
  assert.match(answer, new RegExp(`\r\nLocation: https://default.test:${rig.port}/b\\?c=d\r\n`));
  assert.match(await ask(await handshake(t, rig.port, { servername: 'default.test' }), get('default.test')), /served/);
});

test('what a trusted proxy took by HTTPS is served, and not sent around in circles', async (t) => {
  const rig = await startSecure(t, { trustedProxies: ['127.0.0.1'] });
  const origin = await httpOrigin(t, (_, response) => response.end('served'));
  serve(rig, origin.port, { 'a.test': { redirect: 'always' } });
  const more = 'X-Forwarded-Proto: https\r\n';
  assert.match(await ask(clear(t, rig.httpPort), get('a.test', '/', more)), /^HTTP\/1\.1 200 /);
  assert.match(await ask(clear(t, rig.httpPort), get('a.test')), /^HTTP\/1\.1 308 /);
});

test('another host than the connection is for is refused, unless its certificate is for both', async (t) => {
  const rig = await startSecure(t);
  const { issue } = await makeCa();
  const origin = await httpOrigin(t, (_, response) => response.end('served'));
  serve(rig, origin.port, { 'a.test': undefined, 'b.test': undefined, 'c.test': undefined, 'd.test': undefined });
  rig.proxy.certify(setOf([await issue('a.test', 'b.test'), await issue('c.test')]));
  const status = async (servername: string, host: string) =>
    (await ask(await handshake(t, rig.port, { servername }), get(host))).split(' ')[1];
  assert.equal(await status('a.test', 'A.test:443'), '200');
  assert.equal(await status('a.test', 'b.test'), '200');
  assert.equal(await status('a.test', 'c.test'), '421');
  assert.equal(await status('a.test', 'd.test'), '421');
  assert.equal(await status('d.test', 'd.test'), '200');
  assert.equal(await status('x.test', 'd.test'), '421');
  assert.equal(await status('', 'c.test'), '200');
});

test('a WebSocket goes both ways by TLS, and ends with 1012 when the proxy does', async (t) => {
  const rig = await startSecure(t);
  const origin = await httpOrigin(t, (_, response) => response.end());
  origin.server.on('upgrade', (request, socket) => {
    const key = createHash('sha1').update(
      `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key.digest('base64')}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  serve(rig, origin.port, { 'a.test': undefined });
  const socket = await handshake(t, rig.port, { servername: 'a.test' });
  let got = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    got = Buffer.concat([got, bytes]);
  });
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await until('it is switched', () => got.includes('101 Switching Protocols'));
  const frame = Buffer.from('8183000000006162 63'.replaceAll(' ', ''), 'hex');
  socket.write(frame);
  await until('it comes back', () => got.includes(frame));
  rig.proxy.destroy();
  await until('it is closed in good order', () => got.includes(Buffer.from([0x88, 0x02, 0x03, 0xf4])));
});

test('a download that is not read stops the service, and a body larger than memory would hold goes through', async (t) => {
  const rig = await startSecure(t);
  const size = 64 * 1024 * 1024;
  let sent = 0;
  const origin = await httpOrigin(t, async (request, response) => {
    if (request.method === 'POST') {
      let got = 0;
      for await (const bytes of request) got += (bytes as Buffer).length;
      response.end(String(got));
      return;
    }
    response.setHeader('Content-Length', size);
    const chunk = Buffer.alloc(256 * 1024);
    while (sent < size && !response.destroyed) {
      sent += chunk.length;
      if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
    }
    response.end();
  });
  serve(rig, origin.port, { 'a.test': undefined });
  const reader = await handshake(t, rig.port, { servername: 'a.test' });
  reader.pause();
  reader.write(get('a.test'));
  let last = -1;
  await until('the service is stopped', () => {
    const stands = sent > 0 && sent === last;
    last = sent;
    return stands;
  });
  assert.ok(sent < size / 2, `${sent} of ${size} bytes were taken though nobody reads`);
  let got = 0;
  reader.on('data', (bytes) => {
    got += bytes.length;
  });
  reader.resume();
  await until('all has come', () => got > size);

  const writer = await handshake(t, rig.port, { servername: 'a.test' });
  let answer = '';
  writer.on('data', (bytes) => {
    answer += bytes;
  });
  writer.write(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${size / 4}\r\n\r\n`);
  writer.write(Buffer.alloc(size / 4));
  await until('all of the body has come', () => answer.includes(String(size / 4)));
});
