import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type ErrorCode, OrcaError } from '../core/errors.ts';
import type { JoinLine } from '../core/nodes/join-line.ts';
import {
  ALPN,
  type JoinGreeting,
  type JoinRefusal,
  type JoinReply,
  type JoinRequest,
  MAX_JOIN_LINE,
  WIRE_PROTOCOL,
} from '../core/nodes/wire.ts';
import { dial } from './dial.ts';
import { cannotReach, findCa } from './find-ca.ts';
import { readLine } from './read-bounded.ts';
import { isJoinGreeting, isJoinReply } from './shapes.ts';

/** For the answer, ms. */
const ANSWERED_WITHIN = 30_000;

export type Joined = Extract<JoinReply, { type: 'joined' }>;

/** A master that has proven to be the one of a join line, and has greeted. It ends the connection some seconds later. */
export interface Greeted {
  readonly greeting: JoinGreeting;
  /** Round trip of the greeting, ms. */
  readonly took: number;
  /**
   * Sends the secret, and gives what the master gives.
   * @throws OrcaError saying why not and what to do: `unauthorized`, `conflict`, `not_yet_supported`, `invalid` or `unavailable`
   */
  join(request: Omit<JoinRequest, 'protocol' | 'secret'>): Promise<Joined>;
  /** Without having sent the secret. */
  leave(): void;
}

/**
 * Goes to the master of a join line. Nothing is sent until it has shown a master's certificate of the CA whose digest is in the line.
 *
 * @throws OrcaError `unavailable` if it cannot be reached, `forbidden` if something else answers
 */
export async function goToMaster(line: JoinLine): Promise<Greeted> {
  const { host, port } = line;
  const ca = await findCa(line);
  const began = performance.now();
  const socket = await dial({ host, port, protocol: ALPN.join, ca: [ca] }).catch((error: unknown) => {
    throw cannotReach(host, port, error);
  });
  socket.on('error', () => undefined);
  const greeting = await hear(socket);
  if (isJoinReply(greeting) && greeting.type === 'refused') throw refused(greeting);
  if (!isJoinGreeting(greeting)) throw unclear(host, port);
  return {
    greeting,
    took: performance.now() - began,
    leave: () => void socket.destroy(),
    async join(request) {
      socket.write(`${JSON.stringify({ protocol: WIRE_PROTOCOL, secret: line.secret, ...request })}\n`);
      const reply = await hear(socket);
      socket.destroy();
      if (!isJoinReply(reply)) throw unclear(host, port);
      if (reply.type === 'refused') throw refused(reply);
      if (!isProven(reply, line.ca)) throw unclear(host, port);
      return reply;
    },
  };
}

/** Goes to the master of a join line, and joins. */
export async function askToJoin(line: JoinLine, request: Omit<JoinRequest, 'protocol' | 'secret'>): Promise<Joined> {
  const master = await goToMaster(line);
  return master.join(request);
}

/** One line of JSON; undefined if none comes in time. */
async function hear(socket: TLSSocket): Promise<unknown> {
  const late = setTimeout(() => socket.destroy(), ANSWERED_WITHIN);
  try {
    return JSON.parse(await readLine(socket, MAX_JOIN_LINE));
  } catch {
    socket.destroy();
    return undefined;
  } finally {
    clearTimeout(late);
  }
}

/** The CAs that it is to believe from now on include the one of the line, and its certificate is of the first of them. */
function isProven({ ca, certificate }: Joined, digest: string): boolean {
  try {
    const cas = ca.map((one) => new X509Certificate(one));
    const known = cas.some(({ raw }) => createHash('sha256').update(raw).digest('hex') === digest);
    return known && cas[0] !== undefined && new X509Certificate(certificate).verify(cas[0].publicKey);
  } catch {
    return false;
  }
}

const CODES: Readonly<Record<JoinRefusal, ErrorCode>> = {
  secret: 'unauthorized',
  name: 'conflict',
  protocol: 'not_yet_supported',
  invalid: 'invalid',
  unavailable: 'unavailable',
};

const refused = ({ code, message, hint }: Extract<JoinReply, { type: 'refused' }>): OrcaError =>
  new OrcaError(CODES[code], message, { hint, details: { refusal: code } });

/** It may have been let in: asking again with the same key is what tells. */
const unclear = (host: string, port: number): OrcaError =>
  new OrcaError('unavailable', `the master at ${host}:${port} gave no answer that can be used`, {
    hint: 'look at its log, and run `orca join` again, with a new line if this one is used up',
  });
