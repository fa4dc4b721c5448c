import type { TLSSocket } from 'node:tls';
import {
  type JoinGreeting,
  type JoinReply,
  type JoinRequest,
  MAX_JOIN_LINE,
  WIRE_PROTOCOL,
} from '../core/nodes/wire.ts';
import type { NodePortOptions } from './node-port-options.ts';
import { createRate } from './rate.ts';
import { readLine } from './read-bounded.ts';
import { isJoinRequest, protocolOf } from './shapes.ts';
import { neighbourhood } from './waiting-room.ts';

/** Of one address: so many at once, then one every so many ms. */
const [BURST, EVERY] = [60, 1000];
/** Being decided at once. */
const AT_ONCE = 16;

export interface JoinDesk {
  /**
   * Greets, hears one request and answers it.
   * @param heard called once the request has arrived whole: up to then the caller bounds the time
   */
  serve(socket: TLSSocket, remote: string, heard: () => void): Promise<void>;
}

export function createJoinDesk({
  onJoin,
  version,
  log,
}: Pick<NodePortOptions, 'onJoin' | 'version' | 'log'>): JoinDesk {
  const rate = createRate(BURST, EVERY);
  let deciding = 0;

  const decide = async (request: JoinRequest, remote: string): Promise<JoinReply> => {
    if (deciding >= AT_ONCE) return BUSY;
    deciding += 1;
    try {
      return await onJoin(request, remote);
    } catch (err) {
      log.warn({ err, remote }, 'a node could not join: the master failed');
      return FAILED;
    } finally {
      deciding -= 1;
    }
  };
  const answer = async (line: string, remote: string): Promise<JoinReply> => {
    const request = parse(line);
    const protocol = protocolOf(request);
    if (protocol !== undefined && protocol !== WIRE_PROTOCOL) return otherProtocol(protocol);
    return isJoinRequest(request) ? decide(request, remote) : UNREADABLE;
  };
  return {
    async serve(socket, remote, heard) {
      try {
        if (!rate.take(neighbourhood(remote), performance.now())) {
          heard();
          socket.end(`${JSON.stringify(TOO_OFTEN)}\n`);
          return;
        }
        socket.write(
          `${JSON.stringify({ protocol: WIRE_PROTOCOL, version, now: Date.now() } satisfies JoinGreeting)}\n`,
        );
        const line = await readLine(socket, MAX_JOIN_LINE);
        heard();
        socket.end(`${JSON.stringify(await answer(line, remote))}\n`);
      } catch (error) {
        log.debug({ remote, problem: (error as Error).message }, 'a join was given up');
        socket.destroy();
      }
    },
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

type Refused = Extract<JoinReply, { type: 'refused' }>;

const refused = (code: Refused['code'], message: string, hint: string): Refused => ({
  type: 'refused',
  code,
  message,
  hint,
});

const BUSY = refused('unavailable', 'too many nodes join at once', 'try again in some seconds');
const TOO_OFTEN = refused('unavailable', 'too many attempts to join from this address', 'try again in a minute');
const FAILED = refused('unavailable', 'the master could not decide: its log says why', 'try again');
const UNREADABLE = refused(
  'invalid',
  'the request to join cannot be read',
  'use the same version of orca as the master',
);

const otherProtocol = (theirs: number): Refused =>
  refused(
    'protocol',
    `the node speaks version ${theirs} of the wire, this master version ${WIRE_PROTOCOL}`,
    theirs > WIRE_PROTOCOL ? 'update the master first, then the nodes' : 'update orca on the node',
  );
