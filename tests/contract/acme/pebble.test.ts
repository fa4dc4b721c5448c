import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Ca, Challenge, OrderState } from '../../../src/acme/ca.ts';
import { type AcmeOptions, connectCa } from '../../../src/acme/client.ts';
import { AcmeFailure } from '../../../src/acme/failure.ts';
import { newPrivateKey } from '../../../src/identity/certificates/key.ts';
import { makeSigningRequest } from '../../../src/identity/certificates/signing-request.ts';
import { type Pebble, startPebble } from '../../lab/pebble.ts';
import { until } from '../../lab/until.ts';

const answers = new Map<string, string>();
let web: Server;
let pebble: Pebble;
const ending = new AbortController();

before(async () => {
  web = createServer((request, response) => {
    const token = request.url?.slice('/.well-known/acme-challenge/'.length) ?? '';
    response.end(answers.get(token) ?? 'another answer');
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  pebble = await startPebble({ httpPort: (web.address() as AddressInfo).port, tlsPort: 9, badNonces: 15 });
});
after(async () => {
  ending.abort();
  web?.close();
  await pebble?.stop();
});

const key = newPrivateKey();
const connect = (more: Partial<AcmeOptions> = {}): Promise<Ca> =>
  connectCa({
    directory: pebble.directory,
    trust: pebble.trust,
    account: { key },
    challenge: 'http-01',
    userAgent: 'orca/test',
    signal: ending.signal,
    ...more,
  });

const failsWith = (kind: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AcmeFailure, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, words);
  return true;
};

const settled = (ca: Ca, url: string, isDone: (order: OrderState) => boolean): Promise<OrderState> =>
  until('the order to get on', async () => {
    const order = await ca.look(url).catch((error: unknown) => error as Error);
    if (order instanceof Error) return order as never;
    return isDone(order) && order;
  }).then((found) => {
    if (found instanceof Error) throw found;
    return found;
  });

const only = ({ challenges: [first] }: OrderState): Challenge => {
  assert.ok(first);
  return first;
};

describe('a CA by ACME', () => {
  it('says which terms it has', async () => {
    const meta = await (await connect()).meta();
    assert.match(meta.terms ?? '', /^data:text\/plain/);
    assert.equal(meta.needsBinding, false);
  });

  it('issues a certificate by http-01, though it refuses nonces; the account is found again by its key', async () => {
    const first = await connect();
    const url = await first.register('ops@example.com');
    assert.equal(await (await connect()).register(undefined), url);
    const ca = await connect({ account: { key, url } });
    const order = await ca.look(await ca.order('shop.example.com'));
    const challenge = only(order);
    assert.deepEqual([order.status, challenge.name, challenge.isTold], ['pending', 'shop.example.com', false]);
    answers.set(challenge.token, challenge.keyAuthorization);
    await ca.ready(challenge);
    const ready = await settled(ca, order.url, ({ status }) => status === 'ready');
    const own = newPrivateKey();
    await ca.finalize(ready, await makeSigningRequest(own, 'shop.example.com', ['shop.example.com']));
    // Another life goes on with the order by its URL alone.
    const next = await connect({ account: { key, url } });
    const chain = await next.download(await settled(next, order.url, ({ status }) => status === 'valid'));
    const leaf = new X509Certificate(chain);
    assert.ok(leaf.checkHost('shop.example.com'));
    assert.ok(leaf.checkPrivateKey(createPrivateKey(own)));
  });

  it('says what it got in place of the answer', async () => {
    const url = await (await connect()).register(undefined);
    const ca = await connect({ account: { key, url } });
    const order = await ca.look(await ca.order('wrong.example.com'));
    await ca.ready(only(order));
    await assert.rejects(
      settled(ca, order.url, ({ status }) => status === 'ready'),
      failsWith('refused', /another answer than the expected one/),
    );
  });

  it('refuses a name, and an account that it does not know', async () => {
    const ca = await connect({ account: { key, url: await (await connect()).register(undefined) } });
    await assert.rejects(ca.order('not_a_name'), failsWith('refused', /./));
    const stranger = await connect({
      account: { key: newPrivateKey(), url: pebble.directory.replace('dir', 'my-account/77') },
    });
    await assert.rejects(stranger.order('a.example.com'), failsWith('no-account', /does not know the account/));
  });

  it('is not reached, or not trusted: said at once, in words', async () => {
    const away = await connect({ directory: 'https://127.0.0.1:9/dir' });
    await assert.rejects(away.meta(), failsWith('away', /^the CA at 127\.0\.0\.1:9 is not reached: .*ECONNREFUSED/));
    const strange = await connect({ trust: undefined });
    await assert.rejects(strange.meta(), failsWith('away', /unable to verify/));
  });

  it('wants an account that one has with it', async () => {
    const binding = { kid: 'kid-1', key: Buffer.alloc(32, 7).toString('base64url') };
    const strict = await startPebble({ httpPort: 9, tlsPort: 9, accountNeeded: binding });
    try {
      const { directory, trust } = strict;
      const without = await connect({ directory, trust });
      assert.equal((await without.meta()).needsBinding, true);
      await assert.rejects(without.register(undefined), failsWith('refused', /wants an account/));
      assert.match(await (await connect({ directory, trust, binding })).register(undefined), /^https:/);
    } finally {
      await strict.stop();
    }
  });
});
