import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import type { RelayIdentity } from '../../../../../src/dataplane/proxy/relay/identity.ts';
import { createRelayListener } from '../../../../../src/dataplane/proxy/relay/listener.ts';
import { ALPN, GREETING } from '../../../../../src/dataplane/proxy/relay/protocol.ts';
import { bodyOf, exchange, getOnce, httpOrigin, target } from '../rig.ts';
import { cluster, divided, identityOf, serve, startPlane } from './rig.ts';

const DAY = 86_400_000;

/** What the other side says before it closes. */
function dial(port: number | undefined, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: [ALPN], ...options });
    let said = '';
    const end = () => {
      socket.destroy();
      resolve(said);
    };
    socket.on('data', (bytes) => {
      said += String(bytes);
      end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}

const tls = ({ key, certificate, ca }: RelayIdentity) => ({ key, cert: certificate, ca: [...ca] });

test('only a data plane of the cluster is let in, whatever else it shows', async (t) => {
  const [authority, other] = await Promise.all([cluster(), cluster()]);
  const far = await startPlane(t, 'b', await identityOf(authority, 'b'));
  serve(far, divided([], [], [{ node: 'a' }]));
  const good = await identityOf(authority, 'a');
  const foreign = await identityOf(other, 'a');
  const refused = {
    'no certificate': { ca: [...good.ca] },
    'of another cluster': tls(foreign),
    'of another cluster, with the CA of this one': { ...tls(foreign), ca: [...good.ca] },
    expired: tls(await identityOf(authority, 'a', { now: Date.now() - 3 * DAY, lifetime: DAY })),
    'not valid yet': tls(await identityOf(authority, 'a', { now: Date.now() + 3 * DAY })),
    'of a node, for its agent': tls(await identityOf(authority, 'a', { name: 'a' })),
    'of the master': tls(await identityOf(authority, 'a', { name: 'master.orca.internal' })),
    'of a node that is none of the table': tls(await identityOf(authority, 'c')),
    'TLS 1.2': { ...tls(good), maxVersion: 'TLSv1.2' as const },
    'for something else': { ...tls(good), ALPNProtocols: ['orca-control/1'] },
  };
  for (const [what, options] of Object.entries(refused)) assert.equal(await dial(far.peer.port, options), '', what);
  assert.equal(await dial(far.peer.port, tls(good)), GREETING);
});

test('a node sends nothing to who is not the data plane of the node that it means', async (t) => {
  const [authority, other] = await Promise.all([cluster(), cluster()]);
  const here = await httpOrigin(t, (_, response) => response.end('here'));
  const entry = await startPlane(t, 'a', await identityOf(authority, 'a'));
  const wrong = {
    'of another node': await identityOf(authority, 'c'),
    'of another cluster': { ...(await identityOf(other, 'b')), ca: [authority.certificate] },
    'of a node, for its agent': await identityOf(authority, 'b', { name: 'b' }),
    expired: await identityOf(authority, 'b', { now: Date.now() - 3 * DAY, lifetime: DAY }),
  };
  for (const [what, identity] of Object.entries(wrong)) {
    const heard: string[] = [];
    const { server } = createRelayListener(identity, {
      onNode(socket) {
        socket.write(GREETING);
        socket.on('data', (bytes) => heard.push(String(bytes)));
      },
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const others = [{ node: 'b', revision: 1, weight: 9 }];
    serve(entry, divided([target('o1', here.port)], others, [{ node: 'b', address: '127.0.0.1', port }]));
    for (let i = 0; i < 3; i += 1) assert.equal(bodyOf(await exchange(t, entry.port, getOnce())), 'here', what);
    assert.deepEqual(heard, [], what);
  }
});

test('a new certificate, and a new CA, cut nothing', async (t) => {
  const [authority, next] = await Promise.all([cluster(), cluster()]);
  const both = [next.certificate, authority.certificate];
  const origin = await httpOrigin(t, (_, response) => response.end('there'));
  const [a, b] = [await identityOf(authority, 'a'), await identityOf(authority, 'b')];
  const entry = await startPlane(t, 'a', a);
  const far = await startPlane(t, 'b', b);
  serve(far, divided([target('t1', origin.port)], [], [entry.peer]));
  serve(entry, divided([], [{ node: 'b', revision: 1, weight: 1 }], [far.peer]));
  const works = async (what: string) => assert.equal(bodyOf(await exchange(t, entry.port, getOnce())), 'there', what);
  const identify = ({ proxy, relay }: typeof entry, identity: RelayIdentity) => {
    proxy.identify(identity);
    relay.identify(identity);
  };
  await works('at first');
  identify(far, { ...b, ca: both });
  identify(entry, { ...a, ca: both });
  await works('two CAs');
  identify(entry, { ...(await identityOf(next, 'a')), ca: both });
  await works('one side is signed by the new one');
  identify(far, { ...(await identityOf(next, 'b')), ca: both });
  await works('both are');
  assert.deepEqual(new Set(far.from), new Set(['a']));
  assert.equal(await dial(far.peer.port, tls(await identityOf(next, 'a'))), GREETING, 'by the new one');
});
