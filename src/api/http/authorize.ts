import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Context } from 'koa';
import type { Endpoint } from '../../contract/endpoint.ts';
import { OrcaError } from '../../core/errors.ts';
import { type Caller, type Identity, requireRole } from '../../identity/authenticate.ts';
import { LOCAL } from '../../identity/local-caller.ts';
import { MAX_SIGNED } from '../../identity/signed/token-parts.ts';
import type { TokenUses } from '../observing/token-uses.ts';
import { ANYONE } from '../route.ts';
import type { BadCredentials } from './bad-credentials.ts';

/** Of a header: a signed token, with what stands before it. */
const MAX_CREDENTIAL = MAX_SIGNED + 16;

export interface Door {
  /** Whose credential the request carries. @throws OrcaError `unauthorized`, `too_many` */
  identify(ctx: Context): Promise<Caller>;
  /** The caller, if the endpoint is open to it. @throws OrcaError also `forbidden` */
  admit(ctx: Context, endpoint: Guarded): Promise<Caller>;
}

type Guarded = Pick<Endpoint, 'access' | 'scope' | 'identifies'>;

export interface DoorOptions {
  readonly identity: Identity;
  readonly badCredentials: BadCredentials;
  readonly tokenUses: TokenUses;
  /** It came over the socket in the data folder. By the connection alone: no header can say so. */
  readonly isLocal: (socket: Socket) => boolean;
}

export function createDoor({ identity, badCredentials, tokenUses, isLocal }: DoorOptions): Door {
  /** Who sends a token is its owner, over the socket too: so a smaller role can be used there. */
  async function callerOf(ctx: Context): Promise<Caller> {
    const header = ctx.get('Authorization');
    if (header !== '') return used(await identity.authenticate(tokenOf(header)), ctx);
    if (!isLocal(ctx.req.socket)) throw new OrcaError('unauthorized', 'this needs a token');
    if (ctx.get('Origin') !== '') throw pageOverSocket();
    return LOCAL;
  }

  const hasCredential = (ctx: Context): boolean => ctx.get('Authorization') !== '' || isLocal(ctx.req.socket);

  function used(caller: Caller, ctx: Context): Caller {
    if (!caller.signed) tokenUses.note(caller.id, addressOf(ctx.req));
    return caller;
  }

  async function identify(ctx: Context): Promise<Caller> {
    try {
      const caller = await callerOf(ctx);
      ctx.state['caller'] = caller;
      return caller;
    } catch (error) {
      if (error instanceof OrcaError && error.code === 'unauthorized' && ctx.get('Authorization') !== '')
        badCredentials.count(ctx.req.socket.remoteAddress ?? '');
      throw error;
    }
  }

  /** Who sends a wrong token under a strange name is told no more than who sends none. */
  async function anyone(ctx: Context): Promise<Caller> {
    const { strangeHost } = ctx.state;
    if (strangeHost instanceof OrcaError) await identify(ctx).catch(() => Promise.reject(strangeHost));
    return ANYONE;
  }

  return {
    identify,
    async admit(ctx, { access, scope, identifies }) {
      if (access === 'signature') return ANYONE;
      if (access === 'public' && identifies) return hasCredential(ctx) ? identify(ctx) : ANYONE;
      if (access === 'public') return anyone(ctx);
      const caller = await identify(ctx);
      requireRole(caller, access);
      if (scope === 'cluster' && caller.projects) throw clusterWide(caller);
      return caller;
    },
  };
}

/** From where, for people: one that came over a unix socket has no address. */
export const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? 'socket';

/** `Bearer <token>`. @see RFC 6750, section 2.1 */
function tokenOf(header: string): string {
  if (header.length > MAX_CREDENTIAL) throw tooLong();
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header) ?? [];
  if (token === undefined) throw new OrcaError('unauthorized', 'the Authorization header is not `Bearer <token>`');
  return token;
}

const tooLong = (): OrcaError => new OrcaError('unauthorized', `the token is longer than ${MAX_SIGNED} characters`);

/** No browser opens a unix socket: something passes its requests on, and a page must not get by with that one's right. */
const pageOverSocket = (): OrcaError =>
  new OrcaError('unauthorized', 'a page in a browser needs a token, over the socket of the data folder too');

const clusterWide = ({ name }: Caller): OrcaError =>
  new OrcaError('forbidden', `this concerns the whole cluster; the token "${name}" is for some projects only`, {
    hint: 'use a token without a list of projects',
  });
