import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSet } from '../../../../src/core/route/certificates.ts';
import { health, httpOrigin, route, startProxy, table, target } from './rig.ts';

const asked = (...tokens: readonly string[]): CertificateSet => ({
  id: tokens.join(),
  certificates: [],
  challenges: { http01: tokens.map((token) => ({ token, keyAuthorization: `${token}.thumb` })), alpn: [] },
});

test('a CA is answered under any host until the challenge is over, and everything else is the service', async (t) => {
  const { proxy, port, log } = await startProxy(t);
  const origin = await httpOrigin(t, (_, response) => response.end('the service'));
  const web = target('web.1', origin.port);
  proxy.use(table([route(['web.1'])], [web]));
  proxy.setHealth([health(web)]);
  const get = async (host: string, path: string, method = 'GET') => {
    const { request } = await import('node:http');
    return await new Promise<string>((resolve, reject) => {
      const out = request({ port, host: '127.0.0.1', path, method, headers: { host }, agent: false }, (answer) => {
        let text = `${answer.statusCode} `;
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve(text));
      });
      out.on('error', reject).end();
    });
  };
  const place = '/.well-known/acme-challenge/';
  assert.equal(await get('shop.test', `${place}abc`), '200 the service');
  assert.match(await get('new.test', `${place}abc`), /^404 /);
  assert.deepEqual(proxy.certify(asked('abc', 'def')), []);
  assert.equal(await get('shop.test', `${place}abc`), '200 abc.thumb');
  assert.equal(await get('new.test', `${place}def`), '200 def.thumb');
  assert.equal(await get('new.test', `${place}def`, 'HEAD'), '200 ');
  assert.equal(await get('shop.test', `${place}other`), '200 the service');
  assert.equal(await get('shop.test', `${place}abc/more`), '200 the service');
  proxy.certify(asked('def'));
  assert.equal(await get('shop.test', `${place}abc`), '200 the service');
  assert.ok(log.some((line) => line['error'] === 'acme-challenge' && line['status'] === 200));
});
