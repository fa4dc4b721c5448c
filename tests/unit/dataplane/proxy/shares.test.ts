import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { Split } from '../../../../src/core/route/table.ts';
import {
  answering,
  bodyOf,
  exchange,
  get,
  getOnce,
  HOST,
  health,
  httpOrigin,
  type Origin,
  open,
  post,
  type Rig,
  rawOrigin,
  route,
  startProxy,
  table,
  target,
} from './rig.ts';

const CLOSED = { port: 1 };

interface Canary {
  readonly old: readonly { readonly port: number }[];
  readonly new: readonly { readonly port: number }[];
  readonly split: Split;
  /** Of the new ones, percent. */
  readonly weight?: number;
  readonly trustedProxies?: readonly string[];
}

/** A proxy with one route: tasks `old0`, `old1`, ... of revision 1, and `new0`, ... of revision 2, all ready. */
async function startCanary(t: TestContext, { split, weight = 50, trustedProxies = [], ...of }: Canary): Promise<Rig> {
  const rig = await startProxy(t, { trustedProxies });
  const old = of.old.map(({ port }, at) => target(`old${at}`, port));
  const fresh = of.new.map(({ port }, at) => target(`new${at}`, port, { revision: 2 }));
  const shares = [
    { weight: 100 - weight, targets: old.map(({ task }) => task) },
    { weight, targets: fresh.map(({ task }) => task) },
  ];
  rig.proxy.use(table([route([], { shares, split })], [...old, ...fresh]));
  rig.proxy.setHealth([...old, ...fresh].map((one) => health(one)));
  return rig;
}

const saying = (t: TestContext, name: string): Promise<Origin> =>
  rawOrigin(t, answering(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`));

const BY_REQUEST: Split = { by: 'request', salt: 'd-1' };
const BY_CLIENT: Split = { by: 'client', salt: 'd-1' };
const BY_COOKIE: Split = { by: 'cookie', name: 'sid', salt: 'd-1' };
const TRUSTED = ['127.0.0.1'];

test('by request, kept connections and short ones have their share together, and counters agree', async (t) => {
  const rig = await startCanary(t, {
    old: [await saying(t, 'old')],
    new: [await saying(t, 'new')],
    split: BY_REQUEST,
    weight: 20,
  });
  const kept = open(t, rig.port);
  for (let count = 1; count <= 100; count += 1) {
    kept.send(get());
    await kept.until((text) => text.split('HTTP/1.1 200').length === count + 1);
  }
  const bodies = [...kept.received.matchAll(/\r\n\r\n(old|new)/g)].map(([, body]) => body);
  for (let count = 0; count < 100; count += 1) bodies.push(bodyOf(await exchange(t, rig.port, getOnce())));
  const fresh = bodies.filter((body) => body === 'new').length;
  assert.ok(Math.abs(fresh - 40) <= 3, `${fresh} of 200`);
  const counted = rig.proxy.takeTraffic().find(({ revision }) => revision === 2);
  assert.equal(counted?.classes[2], fresh);
});

test('by client, it is the address that trusted proxies say which decides', async (t) => {
  const rig = await startCanary(t, {
    old: [await saying(t, 'old')],
    new: [await saying(t, 'new')],
    split: BY_CLIENT,
    trustedProxies: TRUSTED,
  });
  const versionFor = async (hops: string) =>
    bodyOf(await exchange(t, rig.port, getOnce('/', `X-Forwarded-For: ${hops}\r\n`)));
  const seen = new Set<string>();
  for (let at = 0; at < 20; at += 1) {
    const version = await versionFor(`198.51.100.${at}`);
    seen.add(version);
    assert.equal(
      await versionFor(`203.0.113.7, 198.51.100.${at}`),
      version,
      'what the client itself claims says nothing',
    );
  }
  assert.equal(seen.size, 2);
});

test('by client, an address that nobody trusted says changes nothing', async (t) => {
  const rig = await startCanary(t, { old: [await saying(t, 'old')], new: [await saying(t, 'new')], split: BY_CLIENT });
  const seen = new Set<string>();
  for (let at = 0; at < 20; at += 1) {
    seen.add(bodyOf(await exchange(t, rig.port, getOnce('/', `X-Forwarded-For: 198.51.100.${at}\r\n`))));
  }
  assert.equal(seen.size, 1);
});

/** Sessions that fall to the new share, and to the old one. */
async function sessions(t: TestContext): Promise<{ readonly old: readonly string[]; readonly new: readonly string[] }> {
  const rig = await startCanary(t, { old: [await saying(t, 'old')], new: [await saying(t, 'new')], split: BY_COOKIE });
  const found: { old: string[]; new: string[] } = { old: [], new: [] };
  for (let at = 0; at < 24; at += 1) {
    const version = bodyOf(await exchange(t, rig.port, getOnce('/', `Cookie: sid=s${at}\r\n`)));
    found[version === 'new' ? 'new' : 'old'].push(`s${at}`);
  }
  assert.ok(found.old.length > 3 && found.new.length > 3);
  return found;
}

test('a refused connection goes to another task of the same share, and to the other share when there is none', async (t) => {
  const known = await sessions(t);
  const alive = await saying(t, 'new');
  const rig = await startCanary(t, { old: [await saying(t, 'old')], new: [CLOSED, alive, CLOSED], split: BY_COOKIE });
  const version = async (sid: string) =>
    bodyOf(await exchange(t, rig.port, post('body', `Connection: close\r\nCookie: sid=${sid}\r\n`)));
  for (const sid of [...known.new, ...known.new]) assert.equal(await version(sid), 'new');
  assert.deepEqual([...rig.downs].sort(), ['new0', 'new2']);
  alive.server.close();
  for (const socket of alive.sockets) socket.destroy();
  for (const sid of known.new) assert.equal(await version(sid), 'old');
  assert.deepEqual([...rig.downs].sort(), ['new0', 'new1', 'new2']);
});

test('by request, a second try is no second turn: it stays in the share of the first', async (t) => {
  const [fresh, old] = [await saying(t, 'new'), await saying(t, 'old')];
  const rig = await startCanary(t, { old: [old], new: [CLOSED, fresh], split: BY_REQUEST });
  let again = 0;
  for (let count = 0; count < 60; count += 1) {
    rig.proxy.setHealth([health(target('new0', CLOSED.port, { revision: 2 }))]);
    const body = bodyOf(await exchange(t, rig.port, getOnce()));
    if (rig.log.at(-1)?.['tries'] !== 2) continue;
    again += 1;
    assert.equal(body, 'new');
  }
  assert.ok(again > 10, `${again} were tried twice`);
});

test('a request that is sent once more stays in its share', async (t) => {
  const known = await sessions(t);
  let deaths = 0;
  const restless = await rawOrigin(t, (socket) => {
    let requests = 0;
    socket.on('data', () => {
      requests += 1;
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew');
      else {
        deaths += 1;
        socket.resetAndDestroy();
      }
    });
  });
  const rig = await startCanary(t, { old: [await saying(t, 'old')], new: [restless], split: BY_COOKIE });
  for (const sid of known.new) {
    assert.equal(bodyOf(await exchange(t, rig.port, getOnce('/', `Cookie: sid=${sid}\r\n`))), 'new');
  }
  assert.ok(deaths > 0);
});

test('a WebSocket is given its share like any request', async (t) => {
  const known = await sessions(t);
  const speaking = async (name: string): Promise<Origin> => {
    const origin = await httpOrigin(t, (_, response) => response.end('plain'));
    new WebSocketServer({ server: origin.server as never }).on('connection', (socket) => socket.send(name));
    return origin;
  };
  const rig = await startCanary(t, { old: [await speaking('old')], new: [await speaking('new')], split: BY_COOKIE });
  for (const version of ['old', 'new'] as const) {
    for (const sid of known[version].slice(0, 3)) {
      const headers = { Host: HOST, Cookie: `theme=dark; sid=${sid}` };
      const socket = new WebSocket(`ws://127.0.0.1:${rig.port}/`, { headers });
      t.after(() => socket.terminate());
      const [said] = await once(socket, 'message');
      assert.equal(String(said), version);
    }
  }
});
