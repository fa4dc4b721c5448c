import type { Socket } from 'node:net';

export interface WaitingRoomOptions {
  /** At once, of all addresses, and of one. */
  readonly most: number;
  readonly mostOfOne: number;
  /** Whoever has not shown who it is by then goes, ms. */
  readonly limit: number;
}

/** Connections that have not shown yet who they are. */
export interface WaitingRoom {
  /** Call what it gives once the socket has shown who it is. */
  enter(socket: Socket): () => void;
}

/**
 * Where it is full, whoever came first goes: one that means it shows who it is within some milliseconds, and one that keeps
 * silent is by then the oldest. So silent ones, however many, keep nobody out.
 */
export function createWaitingRoom({ most, mostOfOne, limit }: WaitingRoomOptions): WaitingRoom {
  const waiting = new Map<Socket, string>();
  const oldest = (address?: string): Socket | undefined => {
    for (const [socket, from] of waiting) if (address === undefined || from === address) return socket;
    return undefined;
  };
  const count = (address: string): number =>
    waiting
      .values()
      .filter((from) => from === address)
      .toArray().length;

  return {
    enter(socket) {
      const address = neighbourhood(socket.remoteAddress ?? '');
      const timer = setTimeout(() => socket.destroy(), limit);
      const leave = () => {
        clearTimeout(timer);
        waiting.delete(socket);
      };
      socket.once('close', leave);
      if (count(address) >= mostOfOne) oldest(address)?.destroy();
      else if (waiting.size >= most) oldest()?.destroy();
      waiting.set(socket, address);
      return leave;
    },
  };
}

/** As one address counts: of IPv6 a network of 64 bits, which one machine may have to itself. */
export function neighbourhood(address: string): string {
  const plain = withoutMapping(address);
  return plain.includes(':') ? `${expand(plain).slice(0, 4).join(':')}::` : plain;
}

/** `::ffff:192.0.2.1` -> `192.0.2.1` */
export const withoutMapping = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The eight groups of an IPv6 address. */
function expand(address: string): readonly string[] {
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::');
  const [left, right] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  return [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
}
