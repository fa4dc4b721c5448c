import { isIP } from 'node:net';
import type { Context, Middleware } from 'koa';
import { OrcaError } from '../../core/errors.ts';

/**
 * Refuses a page whose name was made to lead to this machine (DNS rebinding): to its browser it is of the same origin, and
 * could read what is public. It cannot help but send its name, and has no token. So a request without one names an address,
 * localhost, or the host of an origin that is let in; one with a token may come through a proxy under any name. Whether it is
 * one is seen later, also where others need none: a page can send any header. `state.strangeHost` is the refusal until then.
 *
 * @param anyHost paths whose callers prove who they are otherwise
 */
export const knownHost = (allowedOrigins: readonly string[], anyHost: readonly string[] = []): Middleware => {
  const allowed = new Set(['localhost', ...allowedOrigins.flatMap((origin) => URL.parse(origin)?.hostname ?? [])]);
  return (ctx, next) => {
    const host = hostOf(ctx);
    if (host === '' && ctx.req.httpVersion !== '1.0') throw new OrcaError('malformed', 'the header Host is missing');
    if (anyHost.includes(ctx.path) && ctx.method === 'POST') return next();
    if (host === '' || isIP(host) !== 0 || allowed.has(host)) return next();
    if (ctx.get('Authorization') === '') throw unknownHost(host);
    ctx.state['strangeHost'] = unknownHost(host);
    return next();
  };
};

const hostOf = (ctx: Context): string =>
  ctx
    .get('Host')
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1');

const unknownHost = (host: string): OrcaError =>
  new OrcaError('forbidden', `without a token nothing is told under the name ${JSON.stringify(host.slice(0, 200))}`, {
    hint: 'use its address or localhost; an admin can name the origin under `cors.allowed_origins` in server.yml',
  });
