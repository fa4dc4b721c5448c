import { OrcaError } from '../core/errors.ts';
import { mayAct, type Role, type TokenRecord } from '../core/model/token.ts';
import { digestOf, idOf, sameDigest } from './token.ts';
import type { TokenState } from './token-state.ts';

/** Who calls: a token, by the name it was given. */
export interface Caller extends Pick<TokenRecord, 'id' | 'name' | 'role' | 'projects' | 'expiresAt'> {
  /** By a signed token, of which nothing is stored. */
  readonly signed?: true;
}

export interface Identity {
  /**
   * Whose token it is. Read from the store each time: a token taken away is refused at once.
   *
   * @throws OrcaError `unauthorized` if nobody's, or expired; `unavailable` while the store cannot be read
   */
  authenticate(token: string): Promise<Caller>;
  /** What has become of a token that was let in. `gone`: removed, or replaced. @throws OrcaError `unavailable` */
  standing(caller: Caller): Promise<'in-force' | 'expired' | 'gone'>;
}

export interface IdentityOptions<Write> {
  readonly state: TokenState<Write>;
  readonly clock: { now(): number };
  /** For those that others have signed; none is taken without it. */
  readonly signed?: Identity['authenticate'] | undefined;
}

export const createIdentity = <Write>({ state, clock, signed }: IdentityOptions<Write>): Identity => ({
  async authenticate(token) {
    if (signed && isSigned(token)) return signed(token);
    const digest = digestOf(token);
    const record = (await state.tokens.get(idOf(digest)))?.value;
    if (!record || !sameDigest(record.digest, digest)) throw unknownToken();
    if (isOver(record, clock.now())) throw expired();
    return record;
  },
  async standing(caller) {
    if (!caller.signed && !(await state.tokens.get(caller.id))) return 'gone';
    return isOver(caller, clock.now()) ? 'expired' : 'in-force';
  },
});

const isOver = ({ expiresAt }: Pick<Caller, 'expiresAt'>, now: number): boolean =>
  expiresAt !== undefined && expiresAt <= now;

/** A token of orca's own has no dot. */
const isSigned = (token: string): boolean => token.includes('.');

const unknownToken = (): OrcaError =>
  new OrcaError('unauthorized', 'the token is not valid', {
    hint: 'check ORCA_TOKEN, or ask an admin for a new token',
  });

const expired = (): OrcaError =>
  new OrcaError('unauthorized', 'the token has expired', { hint: 'ask an admin for a new token' });

/** @throws OrcaError `forbidden` */
export function requireRole(caller: Caller, needed: Role): void {
  if (mayAct(caller.role, needed)) return;
  throw new OrcaError('forbidden', `this needs the role ${needed}; the token "${caller.name}" has ${caller.role}`, {
    hint: `use a token with the role ${needed}`,
    details: { needed, role: caller.role },
  });
}

/** May it see and touch this project? Without one: all of them, those to come among them? */
export const reaches = ({ projects }: Pick<Caller, 'projects'>, project?: string): boolean =>
  projects === undefined || (project !== undefined && projects.includes(project));
