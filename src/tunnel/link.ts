import { type ClientHttp2Session, connect } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type Hello, type HelloReply, WIRE_PROTOCOL } from '../core/nodes/wire.ts';
import { ask } from './ask.ts';
import { EagerSocket } from './eager-socket.ts';
import { readFarewell, sayFarewell } from './farewell.ts';
import { type Heartbeat, watchHeartbeat } from './heartbeat.ts';
import { sessionOptions, WINDOWS } from './session-options.ts';
import { isHelloReply, messageOf } from './shapes.ts';
import type { Way } from './wire.ts';

/** The master's end of one connection of a node. */
export interface Link {
  readonly session: ClientHttp2Session;
  readonly heartbeat: Heartbeat;
  /** Where the node's end is, for the log. */
  readonly remote: string;
  /** Resolves, with why, once it is over. */
  readonly ended: Promise<string>;
  /** The same without waiting; undefined while it lasts. */
  why(): string | undefined;
  /** @param why told to the node, and what `ended` gives */
  end(why: string): void;
}

/** For the node to read why, before the connection is cut off, ms. */
const PARTING = 1000;

/** The socket has done its handshake; from now on the session owns it. */
export function openLink(socket: TLSSocket, way: Way, remote: string): Link {
  const session = connect('http://node', { ...sessionOptions(way), createConnection: () => new EagerSocket(socket) });
  const { promise: ended, resolve: settle } = Promise.withResolvers<string>();
  let over: string | undefined;
  const resolve = (why: string): void => {
    over ??= why;
    settle(over);
  };
  /** With an error: streams would else end as if all had been read. */
  const cutOff = (why: string): void => {
    resolve(why);
    session.destroy(new Error(why));
  };
  session.once('connect', () => session.setLocalWindowSize(WINDOWS[way].session));
  session.on('error', (error) => resolve(`the connection broke: ${error.message}`));
  session.once('goaway', (_code, _last, data) => {
    const said = readFarewell(data);
    cutOff(said === undefined ? 'the node ended the connection' : `the node said: ${said}`);
  });
  session.once('close', () => resolve('the connection was lost'));
  const heartbeat = watchHeartbeat(session, socket, () => {
    cutOff('the node was silent for 8 s');
    socket.destroy();
  });
  const end = (why: string): void => {
    resolve(why);
    if (session.destroyed) return;
    sayFarewell(session, why);
    // Closed before it is destroyed, it ends its socket after what was said; streams end at once.
    session.close();
    cutOff(why);
    setTimeout(() => socket.destroy(), PARTING).unref();
  };
  return { session, heartbeat, remote, ended, why: () => over, end };
}

/** The first call on each connection. Rejects with a plain error, whose message is a clause. `POST /hello` */
export async function greet(link: Link, id: string, hello: Omit<Hello, 'protocol'>): Promise<HelloReply> {
  const body: Hello = { protocol: WIRE_PROTOCOL, ...hello };
  const { status, body: reply } = await ask(link.session, { method: 'POST', path: '/hello', body });
  if (status !== 200) throw new Error(`the node refuses this master: ${messageOf(reply)}`);
  if (!isHelloReply(reply)) throw new Error('its answer to hello cannot be read');
  if (reply.id !== id) throw new Error(`it says it is ${reply.id}, its certificate is of another node`);
  return reply;
}
