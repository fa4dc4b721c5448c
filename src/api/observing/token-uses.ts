import type { TokenUse } from '../../core/model/token-use.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';

/** When each token was last used, and from where. */
export interface TokenUses {
  note(id: string, address: string): void;
  of(id: string): Promise<TokenUse | undefined>;
  /** Writes what is not yet written. */
  flush(): Promise<void>;
}

export interface TokenUsesOptions {
  readonly state: State;
  readonly clock: { now(): number };
  readonly log: Log;
}

/** Each token's use is written once in this time at most, ms: a write per request would wear the disk for a date. */
const WRITE_EVERY = 60_000;
/** Tokens remembered: more than there may be. */
const MAX_REMEMBERED = 2_000;

interface Seen extends TokenUse {
  readonly writtenAt: number;
  readonly isWritten: boolean;
}

/** Remembers each use at once, and writes it now and then: what a kill loses is the last minute. */
export function createTokenUses({ state, clock, log }: TokenUsesOptions): TokenUses {
  const seen = new Map<string, Seen>();

  /** Nothing is answered later, or otherwise, because this cannot be written. A token that is gone gets no record. */
  const write = async ({ id, at, address }: TokenUse): Promise<void> => {
    const compare = [{ key: state.tokens.key(id), exists: true }];
    await state.store
      .txn({ compare, then: [state.tokenUses.put({ id, at, address })] })
      .catch((err) => log.debug({ err, token: id }, 'the last use of a token was not written'));
  };

  return {
    note(id, address) {
      const at = clock.now();
      const before = seen.get(id);
      const isWritten = before === undefined || at - before.writtenAt >= WRITE_EVERY;
      const use = { id, at, address, isWritten, writtenAt: isWritten ? at : before.writtenAt };
      seen.delete(id);
      seen.set(id, use);
      if (seen.size > MAX_REMEMBERED) seen.delete(seen.keys().next().value ?? '');
      if (isWritten) void write(use);
    },
    of: async (id) => seen.get(id) ?? (await state.tokenUses.get(id))?.value,
    flush: async () => {
      await Promise.all([...seen.values()].filter(({ isWritten }) => !isWritten).map(write));
    },
  };
}
