import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { relayName } from '../../../../../src/core/route/relay-name.ts';
import type { OtherTasks, PeerPlane, Table, Target } from '../../../../../src/core/route/table.ts';
import type { RelayIdentity } from '../../../../../src/dataplane/proxy/relay/identity.ts';
import { createRelayListener, type RelayListener } from '../../../../../src/dataplane/proxy/relay/listener.ts';
import { type Authority, issueCertificate, makeAuthority } from '../../../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../../../src/identity/certificates/key.ts';
import { health, type Rig, route, startProxy, table } from '../rig.ts';

export const cluster = (): Promise<Authority> => makeAuthority('c', Date.now());

const DAY = 86_400_000;

/** @param change another name than that of a data plane, or another time */
export async function identityOf(
  authority: Authority,
  node: string,
  {
    name = relayName(node),
    now = Date.now(),
    lifetime = DAY,
  }: Partial<Record<'now' | 'lifetime', number>> & {
    readonly name?: string;
  } = {},
): Promise<RelayIdentity> {
  const key = newPrivateKey();
  const publicKey = createPublicKey(createPrivateKey(key));
  const certificate = await issueCertificate(authority, { publicKey, commonName: name, names: [name], now, lifetime });
  return { key, certificate, ca: [authority.certificate] };
}

export interface Plane extends Rig {
  readonly node: string;
  readonly peer: PeerPlane;
  readonly relay: RelayListener;
  /** Connections from other nodes that were ever greeted. */
  readonly from: string[];
  /** Ends those that are there. */
  cut(): void;
}

type ProxyOptions = Parameters<typeof startProxy>[1];

/** A data plane's proxy that takes requests of other nodes. */
export async function startPlane(
  t: TestContext,
  node: string,
  identity: RelayIdentity,
  options?: ProxyOptions,
): Promise<Plane> {
  const rig = await startProxy(t, options);
  const from: string[] = [];
  const sockets = new Set<Socket>();
  const relay = createRelayListener(identity, {
    onNode(socket, other) {
      from.push(other);
      sockets.add(socket);
      rig.proxy.handleRelayed(socket, other);
    },
  });
  await new Promise<void>((resolve) => relay.server.listen(0, '127.0.0.1', resolve));
  t.after(() => relay.server.close());
  rig.proxy.identify(identity);
  const { port } = relay.server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { ...rig, node, relay, from, cut, peer: { node, address: '127.0.0.1', port } };
}

/** All of one pool: some here, the others elsewhere. */
export function divided(own: readonly Target[], others: readonly OtherTasks[], peers: readonly PeerPlane[]): Table {
  const shares = [{ weight: 1, targets: own.map(({ task }) => task), others }];
  return { ...table([route([], { shares })], own), peers };
}

/** The table in use, and all its own tasks ready. */
export function serve({ proxy }: Rig, given: Table): void {
  proxy.use(given);
  proxy.setHealth(given.targets.map((one) => health(one)));
}
