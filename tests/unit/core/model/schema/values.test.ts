import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitCommand } from '../../../../../src/core/model/schema/command.ts';
import { parseDomain } from '../../../../../src/core/model/schema/domain.ts';
import { parseImageRef } from '../../../../../src/core/model/schema/image-ref.ts';
import { isIp, isLoopback } from '../../../../../src/core/model/schema/ip-address.ts';
import { nearest } from '../../../../../src/core/model/schema/nearest.ts';
import { parsePublishedPort } from '../../../../../src/core/model/schema/published-port.ts';
import { parseRoutePath } from '../../../../../src/core/model/schema/route-path.ts';
import type { Reading } from '../../../../../src/core/units.ts';

const read = <T>(reading: Reading<T>): T | undefined => ('value' in reading ? reading.value : undefined);

test('commands are split as a shell would', () => {
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['node server.js --port 80', ['node', 'server.js', '--port', '80']],
    ["sh -c 'echo $HOME | sort'", ['sh', '-c', 'echo $HOME | sort']],
    ['a "b c" d\\ e', ['a', 'b c', 'd e']],
    ['a "\\"b\\" \\$c \\n"', ['a', '"b" $c \\n']],
    ["a''b 'c'\"d\"", ['ab', 'cd']],
    ['a \'\' ""', ['a', '', '']],
    ['  a\n\tb  ', ['a', 'b']],
    ['a \\\n b', ['a', 'b']],
    ['a *.js ~ #x', ['a', '*.js', '~', '#x']],
    ['a "5$"', ['a', '5$']],
  ];
  for (const [line, words] of commands) assert.deepEqual(read(splitCommand(line)), words, line);
});

test('what a shell would act on is refused', () => {
  for (const line of [
    'a | b',
    'a && b',
    'a; b',
    'a > b',
    'echo $HOME',
    'echo "$HOME"',
    'echo `id`',
    'echo "`id`"',
    'a (b)',
    '"a',
    "'a",
    '',
    ' ',
  ]) {
    assert.equal(read(splitCommand(line)), undefined, line);
  }
});

test('a line has a thousand words at most, as a list has, and the rest of a long one is not split', () => {
  assert.equal(read(splitCommand('a '.repeat(1000)))?.length, 1000);
  for (const long of ['a '.repeat(1001), `${'a '.repeat(1000)}a`, `${'a '.repeat(1001)}"`]) {
    assert.deepEqual(splitCommand(long), { message: 'expected a command of at most 1000 words' });
  }
});

test('any words, quoted, come back as they were', () => {
  const word = fc.string({ unit: 'binary' });
  const quote = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (words) => {
      if (words[0] === '') return;
      assert.deepEqual(read(splitCommand(words.map(quote).join(' '))), words);
    }),
  );
});

test('domains', () => {
  const domains: Readonly<Record<string, string>> = {
    'Shop.Example.com.': 'shop.example.com',
    localhost: 'localhost',
    'hello.localhost': 'hello.localhost',
    'münchen.de': 'xn--mnchen-3ya.de',
    'xn--mnchen-3ya.de': 'xn--mnchen-3ya.de',
    '1.example.com': '1.example.com',
    'a-b.c': 'a-b.c',
  };
  for (const [written, domain] of Object.entries(domains)) assert.equal(read(parseDomain(written)), domain, written);
  const bad = [
    '',
    '.',
    'a..b',
    '-a.com',
    'a-.com',
    'a_b.com',
    '10.0.0.1',
    '0x7f.1',
    '1.2.3',
    '::1',
    '[::1]',
    'a.com:80',
    'a.com/x',
    'a b.com',
    'a%41.com',
    'user@a.com',
    '*.a.com',
    'a.com..',
    'a\u0000.com',
    '１.２.３.４',
  ];
  for (const written of bad) assert.equal(read(parseDomain(written)), undefined, written);
});

test('a domain that is accepted is its own spelling, and what a request would name', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.string(), fc.stringMatching(/^[a-zA-Z0-9.-]{1,30}$/)), (written) => {
      const domain = read(parseDomain(written));
      if (domain === undefined) return;
      assert.equal(read(parseDomain(domain)), domain);
      assert.match(domain, /^[a-z0-9.-]+$/);
      assert.equal(new URL(`http://${domain}/`).hostname, domain);
    }),
  );
});

test('path prefixes', () => {
  const paths: Readonly<Record<string, string>> = {
    '/': '/',
    '/api': '/api',
    '/api/': '/api',
    '/a.b/~c/d-e': '/a.b/~c/d-e',
    '/a/...': '/a/...',
  };
  for (const [written, path] of Object.entries(paths)) assert.equal(read(parseRoutePath(written)), path, written);
  for (const written of [
    '',
    'api',
    '//',
    '//a',
    '/a//b',
    '/a//',
    '/..',
    '/a/../b',
    '/./a',
    '/a/.',
    '/a%2fb',
    '/%2e%2e',
    '/a?b',
    '/a#b',
    '/a b',
    '/a\\b',
    '/a;b',
    '/ä',
    '/a\n',
    '/a/*',
  ]) {
    assert.equal(read(parseRoutePath(written)), undefined, written);
  }
});

test('a path prefix that is accepted means the same to a URL parser', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webPath(),
        fc.string().map((text) => `/${text}`),
      ),
      (written) => {
        const path = read(parseRoutePath(written));
        if (path !== undefined) assert.equal(new URL(`http://a${path}`).pathname, path);
      },
    ),
  );
});

test('image references', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const good = [
    'nginx',
    'nginx:1.27-alpine',
    'acme/shop',
    'a/b/c:T_1',
    'registry.example.com/a',
    'localhost:5000/a:b',
    `r.io:443/a@${digest}`,
    `nginx:1@${digest}`,
    'a__b/c-d.e',
    'R.example.com/a',
    '[::1]:5000/a',
  ];
  for (const ref of good) assert.equal(read(parseImageRef(ref)), ref, ref);
  const bad = [
    '',
    ':1',
    'a:',
    'A',
    'a/B',
    'a b',
    'a@sha256:1',
    `a@md5:${'a'.repeat(32)}`,
    `a@${digest}@${digest}`,
    '-a',
    'a/',
    '/a',
    'a//b',
    'a:b:c',
    'https://a',
    'a'.repeat(64),
    `a:${'t'.repeat(129)}`,
    `a/${'b'.repeat(256)}`,
    '..',
    'a;id',
    '$(id)',
  ];
  for (const ref of bad) assert.equal(read(parseImageRef(ref)), undefined, ref);
});

test('published ports', () => {
  const at = (address: string, host: number, container: number, protocol = 'tcp') => ({
    address,
    host,
    container,
    protocol,
  });
  assert.deepEqual(read(parsePublishedPort('9000:80')), at('127.0.0.1', 9000, 80));
  assert.deepEqual(read(parsePublishedPort('0.0.0.0:53:53/udp')), at('0.0.0.0', 53, 53, 'udp'));
  assert.deepEqual(read(parsePublishedPort('[::1]:9000:80')), at('::1', 9000, 80));
  for (const written of [
    '80',
    '0:80',
    '80:0',
    '65536:80',
    'a:80:80',
    '::1:80:80',
    '1.2.3.4:80',
    '80-90:80-90',
    '80:80/sctp',
    '80:80:80:80',
    '',
  ]) {
    assert.equal(read(parsePublishedPort(written)), undefined, written);
  }
});

test('addresses, and which of them are loopback', () => {
  for (const address of [
    '0.0.0.0',
    '127.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '1:2:3:4:5:6:7:8',
  ]) {
    assert.ok(isIp(address), address);
  }
  for (const text of [
    '',
    '1.2.3',
    '256.1.1.1',
    '01.2.3.4',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    ':1',
    '1:',
    'fe80::1%eth0',
    '::1.2.3',
  ]) {
    assert.ok(!isIp(text), text);
  }
  assert.deepEqual(['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1'].map(isLoopback), [true, true, true, true]);
  assert.deepEqual(
    ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::ffff:127.0.0.1', '1::1', '::1:1'].map(isLoopback),
    Array(7).fill(false),
  );
});

test('the nearest word is a slip away, not a guess', () => {
  const known = ['replicas', 'port', 'ports', 'image', 'env', 'health'];
  assert.deepEqual(
    ['replica', 'prot', 'imgae', 'Env', 'heatlh', 'zzz', 'x'.repeat(5000)].map((word) => nearest(word, known)),
    ['replicas', 'port', 'image', 'env', 'health', undefined, undefined],
  );
});
