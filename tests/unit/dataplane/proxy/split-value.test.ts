import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deploy } from '../../../../src/core/model/schema/deploy.ts';
import { parseRequestHead, RequestHead } from '../../../../src/dataplane/proxy/http1/request-head.ts';
import { splitValue } from '../../../../src/dataplane/proxy/split-value.ts';

/** What a value must look like for the head to be taken. */
const VALUES: Readonly<Record<string, string>> = {
  'Content-Length': '0',
  'Transfer-Encoding': 'chunked',
  Expect: '100-continue',
};
const ENDING = `Content-Length Transfer-Encoding Connection Upgrade Expect Keep-Alive TE Trailer Proxy Proxy-Connection
  Proxy-Authorization HTTP2-Settings Forwarded X-Real-IP X-Request-Id X-Forwarded-For X-Forwarded-Anything user_name x.y`.split(
  /\s+/,
);

const valueIn = (name: string, lines: string): string => {
  const head = parseRequestHead(`POST / HTTP/1.1\r\nHost: a.test\r\n${lines}`, { headerCount: 20, targetBytes: 100 });
  assert.ok(head instanceof RequestHead, name);
  return splitValue({ by: 'header', name: name.toLowerCase(), salt: '1' }, head);
};

const isAccepted = (header: string): boolean =>
  Deploy.safeParse({ strategy: 'canary', canary: { by: { header } } }).success;

test('no canary is by a header that ends at the ingress, and by any other that is passed on', () => {
  for (const name of [...ENDING, 'Host']) {
    assert.equal(valueIn(name, name === 'Host' ? '' : `${name}: ${VALUES[name] ?? 'x'}\r\n`), '', name);
    assert.equal(isAccepted(name), false, name);
  }
  for (const name of ['X-User', 'Authorization', 'Accept-Language', 'User-Agent', 'Accept']) {
    assert.equal(valueIn(name, `${name}: x\r\n`), 'x');
    assert.equal(isAccepted(name), true, name);
  }
});
