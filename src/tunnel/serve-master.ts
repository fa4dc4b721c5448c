import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { OrcaError } from '../core/errors.ts';
import { type HelloReply, WIRE_PROTOCOL } from '../core/nodes/wire.ts';
import type { DialerOptions, NodeAnswers } from './dialer-options.ts';
import { EagerSocket } from './eager-socket.ts';
import { readFarewell } from './farewell.ts';
import { watchHeartbeat } from './heartbeat.ts';
import { readBounded } from './read-bounded.ts';
import { relay } from './relay.ts';
import { servedOptions, WINDOWS } from './session-options.ts';
import { isHello, isNewCertificate, isNodeCheck, protocolOf } from './shapes.ts';
import type { TermGate } from './term-gate.ts';
import type { Way } from './wire.ts';

/** Of a body, bytes. */
const MOST = 64 * 1024;
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
      return reply(stream, 200, await calls(question, stream));
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

  async function calls(question: string, stream: ServerHttp2Stream): Promise<unknown> {
    if (question === 'GET /status') return answer.status();
    if (question === 'POST /certificate/request') return answer.certificateRequest();
    const take = TAKEN[question];
    if (take === undefined) throw new Refusal(404, 'there is no such call');
    await take(answer, await bodyOf(stream));
    return undefined;
  }

  function open(stream: ServerHttp2Stream, target: string): void {
    const path = Object.hasOwn(targets, target) ? targets[target as keyof typeof targets] : undefined;
    if (path === undefined) throw new Refusal(403, 'this is not to be reached from outside');
    const local = connect({ path, allowHalfOpen: true });
    local.once('connect', () => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200 });
      relay(stream, local);
    });
    local.once('error', (error: NodeJS.ErrnoException) => {
      if (!stream.headersSent) refuse(stream, new Refusal(502, `${path}: ${error.message}`, { code: error.code }));
    });
    stream.once('close', () => local.destroy());
  }

  return { session, ended, end: () => cutOff('the agent stops') };
}

/** Calls that bring something. */
const TAKEN: Readonly<Record<string, (answer: NodeAnswers, body: unknown) => Promise<void>>> = {
  'POST /checked': (answer, body) => {
    if (!isNodeCheck(body)) throw new Refusal(400, 'what came of the check cannot be read');
    return answer.checked(body);
  },
  'PUT /certificate': (answer, body) => {
    if (!isNewCertificate(body)) throw new Refusal(400, 'the certificate cannot be read');
    return answer.certificate(body);
  },
};

/** Told to the master as a status with a JSON body. */
class Refusal extends Error {
  readonly status: number;
  readonly more: Readonly<Record<string, unknown>>;
  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }
}

const newerThan = (term: number): string => `it has served a newer master, of term ${term}`;

async function bodyOf(stream: ServerHttp2Stream): Promise<unknown> {
  const text = await readBounded(stream, MOST).catch((error: Error) => {
    throw new Refusal(413, error.message);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is no JSON');
  }
}

function reply(stream: ServerHttp2Stream, status: number, body: unknown): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ':status': status, 'content-type': 'application/json' });
  stream.end(body === undefined ? undefined : JSON.stringify(body));
}

function refuse(stream: ServerHttp2Stream, error: unknown): void {
  const { message } = error as Error;
  if (error instanceof Refusal) reply(stream, error.status, { message, ...error.more });
  else reply(stream, error instanceof OrcaError ? 422 : 500, { message });
}
