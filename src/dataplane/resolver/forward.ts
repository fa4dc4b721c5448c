import { exchangeTcp, exchangeUdp } from './exchange.ts';
import { isAnswerTo, type Query, RCODE, rcodeOf } from './packets.ts';
import type { Upstream } from './upstreams.ts';

export interface Asker {
  readonly address: string;
  readonly over: 'udp' | 'tcp';
}

/** Asks the machine's name servers; undefined if none answers in time, or too much is asked at once. */
export type Forward = (query: Query, asker: Asker) => Promise<Buffer | undefined>;

export interface ForwardOptions {
  readonly upstreams: () => readonly Upstream[];
  /** An id that nobody can guess, 16 bits. */
  readonly newId: () => number;
}

/** An asker is answered within 2 s, whatever becomes of the name servers. */
const WITHIN = 1_800;
/** A name server that has not answered by then may be away: another one, or the same again, is asked beside it. */
const NEXT_AFTER = 600;
/** Bounds, so that one asker's questions do not keep those of others from being asked. */
const AT_ONCE = 1_000;
const AT_ONCE_BY_ONE = 100;

export function createForward({ upstreams, newId }: ForwardOptions): Forward {
  const asking = new Map<string, number>();
  let inAll = 0;

  const count = (address: string, by: number): void => {
    inAll += by;
    const left = (asking.get(address) ?? 0) + by;
    if (left > 0) asking.set(address, left);
    else asking.delete(address);
  };

  return async (query, { address, over }) => {
    const servers = upstreams();
    if (servers.length === 0 || inAll >= AT_ONCE || (asking.get(address) ?? 0) >= AT_ONCE_BY_ONE) return undefined;
    count(address, 1);
    try {
      return await race(query, servers, over === 'tcp' ? exchangeTcp : exchangeUdp, newId);
    } finally {
      count(address, -1);
    }
  };
}

type Exchange = typeof exchangeUdp;

/** One after the other, each while those before it may still answer; the first that knows, or at least says no, is believed. */
function race(
  query: Query,
  servers: readonly Upstream[],
  exchange: Exchange,
  newId: () => number,
): Promise<Buffer | undefined> {
  const tries = Math.max(servers.length, Math.ceil(WITHIN / NEXT_AFTER));
  const ending = new AbortController();
  let failed: Buffer | undefined;
  return new Promise((resolve) => {
    let begun = 0;
    let ended = 0;
    let next: NodeJS.Timeout | undefined;

    const settle = (found: Buffer | undefined): void => {
      clearTimeout(late);
      clearTimeout(next);
      ending.abort();
      resolve(found);
    };

    const tryNext = (): void => {
      clearTimeout(next);
      if (begun >= tries || ending.signal.aborted) return;
      const server = servers[begun % servers.length] as Upstream;
      begun += 1;
      next = setTimeout(tryNext, NEXT_AFTER);
      void askOne(server);
    };

    const askOne = async (server: Upstream): Promise<void> => {
      const id = newId();
      const bytes = Buffer.from(query.bytes);
      bytes.writeUInt16BE(id, 0);
      const isRight = (found: Buffer) => isAnswerTo(found, id, query);
      const found = await exchange(server, bytes, isRight, ending.signal);
      if (ending.signal.aborted) return;
      ended += 1;
      found?.writeUInt16BE(query.id, 0);
      if (found && !isFailure(found)) return settle(found);
      failed = found ?? failed;
      if (begun >= servers.length && ended >= begun && failed) return settle(failed);
      // One that is not there says so at once: it is not asked again before its turn.
      if (begun < servers.length) tryNext();
    };

    const late = setTimeout(() => settle(failed), WITHIN);
    tryNext();
  });
}

const isFailure = (bytes: Buffer): boolean => [RCODE.failed, RCODE.refused].some((rcode) => rcode === rcodeOf(bytes));
