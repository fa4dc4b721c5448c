import { randomInt } from 'node:crypto';
import { Socket } from 'node:net';
import { becomeUser, takeOwnGroup } from '../user.ts';
import { type Channel, createChannel } from '../worker/channel.ts';
import { RESOLVER_FD } from '../worker/descriptors.ts';
import type { FromWorker, NamesSettings, ToWorker } from '../worker/messages.ts';
import { createToldState } from '../worker/told-state.ts';
import { createForward } from './forward.ts';
import { createOwnSubnet } from './own-subnet.ts';
import { createResolver, type Resolver } from './resolver.ts';
import { serveTcp, serveUdp } from './serve.ts';
import { createUpstreams } from './upstreams.ts';

const RESOLV_CONF = '/etc/resolv.conf';

/**
 * The life of the process that answers for names: a worker that is told the same as the others and acknowledges it, and has
 * no connections of theirs. Everything it needs is loaded before it becomes the user in `--user UID:GID`.
 */
export function runResolver(): void {
  let resolver: Resolver | undefined;
  let serves = false;
  const told = createToldState();

  const begin = ({ address, servers }: NamesSettings): void => {
    const upstreams = createUpstreams({ set: servers, file: RESOLV_CONF, own: address, now: () => performance.now() });
    const forward = createForward({ upstreams, newId: () => randomInt(0x10000) });
    resolver = createResolver({ forward, own: address, subnet: createOwnSubnet(address), random: Math.random });
  };

  /** What is asked before waits in the sockets. */
  const serve = (): void => {
    if (serves || !resolver) return;
    serves = true;
    serveUdp(RESOLVER_FD.udp, resolver);
    serveTcp(RESOLVER_FD.tcp, resolver);
  };

  const apply = (state: Extract<ToWorker, { type: 'state' }>): void => {
    const isNew = told.take(state);
    const table = told.table();
    if (isNew && table) resolver?.use(table);
    resolver?.setHealth(told.health());
    serve();
    channel.send({ type: 'using', table: table?.id ?? null, targets: [] });
  };

  const receive = (message: ToWorker): void => {
    if (message.type === 'settings' && message.settings.names) begin(message.settings.names);
    if (message.type === 'state') apply(message);
    if (message.type === 'accept') serve();
    if (message.type === 'ping') channel.send({ type: 'pong' });
    if (message.type === 'stop') process.exit(0);
  };

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const [uid, gid] = argument('--user').split(':').map(Number);
  if (uid !== undefined && gid !== undefined) becomeUser({ uid, gid });
  takeOwnGroup();
  const channel: Channel<FromWorker> = createChannel(new Socket({ fd: RESOLVER_FD.channel }), {
    limit: Number.POSITIVE_INFINITY, // It is believed.
    onMessage: (message) => receive(message as ToWorker),
    onClosed: () => process.exit(0),
  });
  channel.send({ type: 'loaded' });
}

const argument = (name: string): string => process.argv[process.argv.indexOf(name) + 1] ?? '';
