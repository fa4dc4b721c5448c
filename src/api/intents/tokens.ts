import { notFound, OrcaError } from '../../core/errors.ts';
import type { TokenRecord } from '../../core/model/token.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { digestOf, idOf, newToken } from '../../identity/token.ts';
import { covers, requireWithin, shareOf } from '../../identity/within.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import { oneAtATime } from './one-at-a-time.ts';

export const MAX_TOKENS = 1000;
/** An expired token is told of for so long, ms; then it makes room for another. */
const KEPT_EXPIRED = 30 * 86_400_000;
/** Of these, removed with one new token. */
const SWEPT = 50;

export interface TokenWish extends Pick<TokenRecord, 'name' | 'role' | 'projects'> {
  /** From now on, ms. Undefined: for as long as the caller's own. */
  readonly lifetime?: number | undefined;
}

/** The one time that the token itself is known. */
export interface MadeToken {
  readonly record: TokenRecord;
  readonly token: string;
}

export interface Tokens {
  /** Those that can do no more than the caller. */
  visible(caller: Caller): Promise<readonly TokenRecord[]>;
  /** @throws OrcaError `forbidden` for more rights than the caller's, `conflict` for a name that is taken */
  create(caller: Caller, wish: TokenWish): Promise<MadeToken>;
  /** The same rights under another secret; the old one ends. @throws OrcaError `not_found`, `forbidden` */
  rotate(caller: Caller, id: string, lifetime?: number): Promise<MadeToken>;
  /** @throws OrcaError `not_found`; `conflict` for the last admin's, unless it is `meant` */
  remove(caller: Caller, id: string, meant: boolean): Promise<TokenRecord>;
}

export interface TokensOptions {
  readonly state: State;
  readonly clock: { now(): number };
  /** Such as `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
}

/** Changes of tokens, one at a time: that a name is free, and that an admin is left, is so until it is written. */
export function createTokens({ state, clock, random }: TokensOptions): Tokens {
  const inTurn = oneAtATime();
  const all = async () => (await state.tokens.listReadable()).records;

  async function visibleOne(caller: Caller, id: string): Promise<Stored<TokenRecord>> {
    const stored = (await all()).find(({ value }) => value.id === id);
    if (!stored || !covers(caller, stored.value)) throw notFound('token', id.slice(0, 80));
    return stored;
  }

  function made(caller: Caller, rights: Omit<TokenRecord, 'id' | 'digest' | 'createdBy'>): MadeToken {
    const token = newToken(random);
    const digest = digestOf(token);
    const record = { id: idOf(digest), digest, ...rights, createdBy: caller.name };
    requireWithin(caller, record);
    return { record, token };
  }

  return {
    visible: async (caller) => (await all()).map(({ value }) => value).filter((token) => covers(caller, token)),

    create: (caller, { lifetime, ...rights }) =>
      inTurn(async () => {
        const createdAt = clock.now();
        const expiresAt = endOf(caller, lifetime, createdAt);
        const making = made(caller, { ...rights, expiresAt, createdAt });
        const stored = await all();
        const swept = stored.filter(({ value }) => isLongExpired(value, createdAt)).slice(0, SWEPT);
        requireRoom(caller, stored, swept.length);
        if (stored.some(({ value }) => value.name === rights.name)) throw taken(rights.name);
        const gone = swept.flatMap(({ value }) => removing(state, value.id));
        await state.store.txn({ then: [...gone, state.tokens.put(making.record)] });
        return making;
      }),

    rotate: (caller, id, lifetime) =>
      inTurn(async () => {
        const old = await visibleOne(caller, id);
        const { name, role, projects } = old.value;
        const createdAt = clock.now();
        const expiresAt =
          lifetime === undefined ? sameLife(caller, old.value, createdAt) : endOf(caller, lifetime, createdAt);
        const making = made(caller, { name, role, projects, expiresAt, createdAt });
        const then = [...removing(state, id), state.tokens.put(making.record)];
        const { succeeded } = await state.store.txn({ compare: [unchanged(old)], then });
        if (!succeeded) throw notFound('token', id);
        return making;
      }),

    remove: (caller, id, meant) =>
      inTurn(async () => {
        const { value } = await visibleOne(caller, id);
        const others = (await all()).map((stored) => stored.value).filter((token) => token.id !== id);
        if (!meant && isAdmin(value, clock.now()) && !others.some((token) => isAdmin(token, clock.now())))
          throw lastAdmin(value.name);
        await state.store.txn({ then: removing(state, id) });
        return value;
      }),
  };
}

const removing = (state: State, id: string) => [{ delete: state.tokens.key(id) }, { delete: state.tokenUses.key(id) }];

/** Without a wish as long as the caller's own. */
const endOf = (caller: Caller, lifetime: number | undefined, now: number): number | undefined =>
  lifetime === undefined ? caller.expiresAt : now + lifetime;

/** As long as before from now on, and no longer than the caller's own. */
function sameLife(caller: Caller, { createdAt, expiresAt }: TokenRecord, now: number): number | undefined {
  const end = expiresAt === undefined ? undefined : now + expiresAt - createdAt;
  return caller.expiresAt === undefined ? end : Math.min(end ?? caller.expiresAt, caller.expiresAt);
}

const isLongExpired = ({ expiresAt }: TokenRecord, now: number): boolean =>
  expiresAt !== undefined && expiresAt + KEPT_EXPIRED < now;

/** Of the whole cluster, and in force. */
const isAdmin = ({ role, projects, expiresAt }: TokenRecord, now: number): boolean =>
  role === 'admin' && projects === undefined && (expiresAt === undefined || expiresAt > now);

const taken = (name: string): OrcaError =>
  new OrcaError('conflict', `there is a token "${name}" already`, {
    hint: 'choose another name; or rotate that one, if its secret is what you need',
  });

/** @throws OrcaError `conflict` */
function requireRoom(caller: Caller, stored: readonly Stored<TokenRecord>[], swept: number): void {
  const own = stored.filter(({ value }) => covers(caller, value)).length;
  if (stored.length - swept >= MAX_TOKENS) throw tooMany(MAX_TOKENS);
  if (own >= shareOf(caller, MAX_TOKENS)) throw tooMany(own);
}

const tooMany = (count: number): OrcaError =>
  new OrcaError('conflict', `there are ${count} tokens, as many as there may be`, {
    hint: 'remove those that nobody uses: `orca token ls` shows when each was last used',
  });

const lastAdmin = (name: string): OrcaError =>
  new OrcaError('conflict', `"${name}" is the last admin token of the cluster`, {
    hint: 'make another admin token first; or remove it on purpose with `orca token rm --last` (API: ?last=true)',
  });
