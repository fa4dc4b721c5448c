import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type FetchedKeys, fetchJwks } from '../../../../src/identity/signed/fetch-jwks.ts';
import { createJwks } from '../../../../src/identity/signed/jwks.ts';
import { keyOfJwk } from '../../../../src/identity/signed/verify-key.ts';
import { until } from '../../../lab/until.ts';
import { ec, rsa } from './issuer.ts';

const MINUTE = 60_000;
const [A, B] = [rsa().publicKey.export({ format: 'jwk' }), ec().publicKey.export({ format: 'jwk' })];
const named = (kid: string) => keyOfJwk({ ...A, kid });

/** An issuer on a clock of its own, which can be away. */
function issuer() {
  const state = {
    now: 1_000_000,
    kids: ['a'] as readonly string[],
    maxAge: undefined as number | undefined,
    away: false,
    asked: 0,
    problems: [] as string[],
  };
  const fetch = async (): Promise<FetchedKeys> => {
    state.asked += 1;
    if (state.away) throw new Error('it is away');
    return { keys: state.kids.map(named), maxAge: state.maxAge };
  };
  const onProblem = (reason: string) => state.problems.push(reason);
  const keys = createJwks({ url: 'https://issuer.test/keys', clock: { now: () => state.now }, fetch, onProblem });
  const find = async (kid?: string) => (await keys.find(kid)).map((key) => key.kid);
  return { state, find };
}

describe('the keys of an issuer', () => {
  it('are asked for when they are first needed, once for all who wait, and kept for ten minutes', async () => {
    const { state, find } = issuer();
    assert.deepEqual(await Promise.all([find('a'), find('a'), find()]), [['a'], ['a'], ['a']]);
    state.now += 10 * MINUTE - 1;
    await find('a');
    assert.equal(state.asked, 1);
    state.now += 1;
    state.kids = ['b'];
    assert.deepEqual(await find('a'), [], 'a key that the issuer took away is gone');
    assert.deepEqual(await find('b'), ['b']);
    assert.equal(state.asked, 2);
  });

  it('are kept as long as the issuer says, from a minute to an hour', async () => {
    for (const [maxAge, kept] of [
      [0, MINUTE],
      [5 * MINUTE, 5 * MINUTE],
      [1e12, 60 * MINUTE],
    ] as const) {
      const { state, find } = issuer();
      state.maxAge = maxAge;
      await find('a');
      state.now += kept - 1;
      await find('a');
      assert.equal(state.asked, 1, String(maxAge));
      state.now += 1;
      await find('a');
      assert.equal(state.asked, 2, String(maxAge));
    }
  });

  it('are asked for again for a key that is not known, once a minute at most', async () => {
    const { state, find } = issuer();
    await find('a');
    for (let n = 0; n < 100; n += 1) assert.deepEqual(await find(`made-up-${n}`), []);
    assert.equal(state.asked, 1);
    state.now += MINUTE;
    state.kids = ['a', 'new'];
    assert.deepEqual(await find('new'), ['new'], 'a new key is there within a minute');
    for (let n = 0; n < 100; n += 1) await find(`made-up-${n}`);
    assert.equal(state.asked, 2);
  });

  it('go on being used while the issuer is away, for a day', async () => {
    const { state, find } = issuer();
    await find('a');
    state.away = true;
    state.now += 24 * 60 * MINUTE;
    assert.deepEqual(await find('a'), ['a']);
    assert.deepEqual(state.problems, ['it is away']);
    state.now += 1;
    await assert.rejects(find('a'), {
      code: 'unavailable',
      message: /keys at https:\/\/issuer\.test\/keys cannot be read: it is away/,
    });
    const { asked } = state;
    for (let n = 0; n < 100; n += 1) await find('a').catch(() => undefined);
    assert.equal(state.asked, asked, 'and is not asked all the time');
    state.away = false;
    state.now += 10_000;
    assert.deepEqual(await find('a'), ['a']);
  });

  it('that never came are unavailable, not wrong: the token may be good', async () => {
    const { state, find } = issuer();
    state.away = true;
    await assert.rejects(find('a'), { code: 'unavailable' });
  });
});

async function serving(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
}

describe('the address of keys', () => {
  it('is read: those that can be used, and for how long', async (t) => {
    const url = await serving(t, (_, response) => {
      response.setHeader('cache-control', 'public, max-age=120');
      const unusable = [
        { ...B, use: 'enc' },
        { kty: 'oct', k: 'A'.repeat(64), kid: 'published' },
        null,
        7,
        { kty: 'OKP' },
      ];
      response.end(JSON.stringify({ keys: [{ ...A, kid: 'a' }, ...unusable, { ...B, kid: 'b' }] }));
    });
    const { keys, maxAge } = await fetchJwks(url);
    assert.deepEqual(
      keys.map(({ kid, algorithm }) => [kid, algorithm]),
      [
        ['a', 'RS256'],
        ['b', 'ES256'],
      ],
    );
    assert.equal(maxAge, 120_000);
  });

  it('that redirects is not followed', async (t) => {
    let followed = 0;
    const canary = await serving(t, (_, response) => {
      followed += 1;
      response.end(JSON.stringify({ keys: [A] }));
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await serving(t, (_, response) => response.writeHead(status, { location: canary }).end());
      await assert.rejects(fetchJwks(url), /it redirects/);
    }
    assert.equal(followed, 0);
  });

  it('that answers with something else, too much, or nothing that can be used says so', async (t) => {
    const big = JSON.stringify({ keys: [A], more: 'x'.repeat(300_000) });
    const answers: readonly (readonly [RequestListener, RegExp])[] = [
      [(_, response) => response.writeHead(404).end('{}'), /it answered 404/],
      [(_, response) => response.end('<html>'), /no JSON/],
      [(_, response) => response.end('[]'), /`keys`/],
      [(_, response) => response.end('{"keys":7}'), /`keys`/],
      [(_, response) => response.end(JSON.stringify({ keys: Array(101).fill(A) })), /at most 100/],
      [(_, response) => response.end('{"keys":[]}'), /no key that can be used/],
      [(_, response) => response.end(big), /over 262144 bytes/],
      [
        (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(50_000_000, 32))),
        /over 262144 bytes/,
      ],
      [
        (_, response) => response.writeHead(200).write('{') && response.destroy(),
        /terminated|closed|ECONNRESET|aborted/,
      ],
    ];
    for (const [listener, why] of answers) {
      const url = await serving(t, listener);
      const said = await until('more than that it took too long, as it may on a slow machine', async () => {
        const { message } = await fetchJwks(url).then(
          () => new Error('nothing'),
          (error: Error) => error,
        );
        return !message.includes('did not answer') && message;
      });
      assert.match(said, why);
    }
    await assert.rejects(fetchJwks('http://127.0.0.1:1/'), /ECONNREFUSED|bad port/);
  });

  it('that does not answer is given up', async (t) => {
    const url = await serving(t, (_, response) => response.writeHead(200).write('{"keys":['));
    await assert.rejects(fetchJwks(url), /did not answer within 5 s/);
  });
});
