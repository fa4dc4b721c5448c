import type { Socket } from 'node:net';
import type { FarNode } from '../proxy/relay/far-node.ts';
import { type Ask, askLine, CARRY_ALPN, CARRY_GREETING, readReply } from './protocol.ts';
import { readLine } from './read-line.ts';

/** Connections to data planes of other nodes. */
export interface FarDoor {
  isReached(node: string): boolean;
  /** One that a task has taken; undefined: none has. Paused. */
  open(node: string, ask: Ask): Promise<Socket | undefined>;
}

type Known = Pick<FarNode, 'up' | 'way' | 'takeDown'>;

interface Options {
  readonly nodes: (node: string) => Known | undefined;
  /** For the other machine to be there, and for each word of its data plane, ms. */
  readonly within?: { readonly there: number; readonly word: number } | undefined;
}

const WITHIN = { there: 1_000, word: 4_000 };

export function createFarDoor({ nodes, within = WITHIN }: Options): FarDoor {
  return {
    isReached: (node) => nodes(node)?.up ?? false,

    async open(node, ask) {
      const known = nodes(node);
      const way = known?.way;
      if (!known || !way?.canDial) return undefined;
      const { socket } = way.open(CARRY_ALPN);
      let [isThere, error] = [false, 'no connection in time'];
      socket.on('error', ({ message }) => {
        error = message;
      });
      const late = setTimeout(() => socket.destroy(), within.there);
      socket.once('connect', () => {
        isThere = true;
        clearTimeout(late);
      });
      const greeting = await readLine(socket, AbortSignal.timeout(within.word));
      clearTimeout(late);
      // One that is there and does not know of carried connections takes requests all the same.
      if (greeting === undefined && !isThere) known.takeDown(error, way);
      if (`${greeting}\r\n` === CARRY_GREETING) {
        socket.write(askLine(ask));
        const reply = await readLine(socket, AbortSignal.timeout(within.word));
        if (reply !== undefined && readReply(reply) === 'taken') return socket;
      }
      socket.destroy();
      return undefined;
    },
  };
}
