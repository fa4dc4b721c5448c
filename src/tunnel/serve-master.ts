import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type HelloReply, WIRE_PROTOCOL } from '../core/nodes/wire.ts';
import type { DialerOptions } from './dialer-options.ts';
import { EagerSocket } from './eager-socket.ts';
import { readFarewell } from './farewell.ts';
import { watchHeartbeat } from './heartbeat.ts';
import { bodyOf, CALLS, isLines } from './node-calls.ts';
import { Refusal, refuse, reply } from './refusal.ts';
import { relay } from './relay.ts';
import { sendLines } from './send-lines.ts';
import { servedOptions, WINDOWS } from './session-options.ts';
import { isHello, protocolOf } from './shapes.ts';
import type { TermGate } from './term-gate.ts';
import type { Way } from './wire.ts';

/** From the connection to `hello`, ms. */
const GREETED_WITHIN = 10_000;

export interface Served {
  readonly session: ServerHttp2Session;
  /** Why it is over, as a clause. */
  readonly ended: Promise<string>;
  end(): void;
}

type Options = Pick<DialerOptions, 'cluster' | 'targets' | 'answer'> & { readonly way: Way; readonly gate: TermGate };

/**
 * The node's end of one connection: the server of HTTP/2, for a master whose certificate was verified. Nothing but what is listed
 * is answered, and nothing at all before `hello`, nor for a master of a lower term than has been seen.
 *
 * @param onGreeted the master may use it from now on
 */
export function serveMaster(
  socket: TLSSocket,
  { way, cluster, targets, answer, gate }: Options,
  onGreeted: () => void,
): Served {
  const session = performServerHandshake(new EagerSocket(socket) as unknown as TLSSocket, servedOptions(way));
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let term: number | undefined;
  session.setLocalWindowSize(WINDOWS[way].session);
  const cutOff = (why: string): void => {
    resolve(why);
    session.destroy(new Error(why));
    socket.destroy();
  };
  const late = setTimeout(() => cutOff(`it said nothing for ${GREETED_WITHIN / 1000} s`), GREETED_WITHIN);
  session.once('goaway', (_code, _last, data) => cutOff(readFarewell(data) ?? 'it ended the connection'));
  session.on('error', (error) => resolve(error.message));
  session.once('close', () => {
    clearTimeout(late);
    gate.leave(session);
    resolve('the connection was lost');
  });
  watchHeartbeat(session, socket, () => cutOff('it was silent for 8 s'));

  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const method = headers[':method'];
    const path = String(headers[':path']);
    const question = `${method} ${path}`;
    void (async () => {
      if (question === 'POST /hello') return reply(stream, 200, await greet(stream));
      if (term === undefined) throw new Refusal(403, 'say hello first');
      if (term < gate.highest()) throw new Refusal(409, newerThan(gate.highest()), { term: gate.highest() });
      if (method === 'CONNECT') return open(stream, String(headers[':authority']));
      return run(stream, question);
    })().catch((error: unknown) => refuse(stream, error));
  });

  async function greet(stream: ServerHttp2Stream): Promise<HelloReply> {
    const hello = await bodyOf(stream);
    const protocol = protocolOf(hello);
    if (protocol !== WIRE_PROTOCOL) {
      throw new Refusal(409, `this node speaks version ${WIRE_PROTOCOL} of the wire, the master version ${protocol}`);
    }
    if (!isHello(hello)) throw new Refusal(400, 'hello cannot be read');
    if (hello.cluster !== cluster) {
      throw new Refusal(409, `this node is of cluster ${cluster}, the master of cluster ${hello.cluster}`);
    }
    if (term !== undefined && hello.term !== term) throw new Refusal(409, 'hello was said with another term before');
    if (!(await gate.enter(session, hello.term))) {
      throw new Refusal(409, newerThan(gate.highest()), { term: gate.highest() });
    }
    clearTimeout(late);
    const first = term === undefined;
    term = hello.term;
    if (first) onGreeted();
    return { protocol: WIRE_PROTOCOL, ...answer.hello() };
  }

  async function run(stream: ServerHttp2Stream, question: string): Promise<void> {
    const call = CALLS.get(question);
    if (call === undefined) throw new Refusal(404, 'there is no such call');
    const { outcome } = await call(answer, stream);
    if (isLines(outcome)) await sendLines(stream, outcome);
    else reply(stream, 200, await outcome);
  }

  function open(stream: ServerHttp2Stream, target: string): void {
    const place = Object.hasOwn(targets, target) ? targets[target as keyof typeof targets] : undefined;
    if (place === undefined) throw new Refusal(403, 'this is not to be reached from outside');
    const at = typeof place === 'string' ? { path: place } : place();
    if (at === undefined) throw new Refusal(502, 'nothing listens there', { code: 'ECONNREFUSED' });
    const local = connect({ ...at, allowHalfOpen: true, noDelay: true });
    local.once('connect', () => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200 });
      relay(stream, local);
    });
    local.once('error', (error: NodeJS.ErrnoException) => {
      if (!stream.headersSent)
        refuse(stream, new Refusal(502, `${nameOf(at)}: ${error.message}`, { code: error.code }));
    });
    stream.once('close', () => local.destroy());
  }

  return { session, ended, end: () => cutOff('the agent stops') };
}

const nameOf = (at: { readonly path: string } | { readonly host: string; readonly port: number }): string =>
  'path' in at ? at.path : `${at.host}:${at.port}`;

const newerThan = (term: number): string => `it has served a newer master, of term ${term}`;
