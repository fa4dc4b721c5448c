import type { Context, Middleware } from 'koa';
import { OrcaError } from '../../core/errors.ts';

const PREFLIGHT_MAX_AGE = '600';

/**
 * Browsers are let in from the origins named, and from pages that this server itself served.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export const cors = (allowedOrigins: readonly string[]): Middleware => {
  const allowed = new Set(allowedOrigins);
  return async (ctx, next) => {
    const origin = ctx.get('Origin');
    ctx.vary('Origin');
    if (origin === '') return next();
    if (!allowed.has(origin) && !isOwn(ctx, origin)) throw refused(origin);
    ctx.set('Access-Control-Allow-Origin', origin);
    ctx.set('Access-Control-Expose-Headers', 'Retry-After, X-Request-Id');
    if (ctx.method !== 'OPTIONS' || ctx.get('Access-Control-Request-Method') === '') return next();
    ctx.set('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE');
    ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, Last-Event-ID, X-Request-Id');
    ctx.set('Access-Control-Max-Age', PREFLIGHT_MAX_AGE);
    ctx.status = 204;
  };
};

const isOwn = (ctx: Context, origin: string): boolean =>
  origin === `http://${ctx.get('Host')}` || origin === `https://${ctx.get('Host')}`;

const refused = (origin: string): OrcaError =>
  new OrcaError('forbidden', `calls from pages of ${JSON.stringify(origin.slice(0, 200))} are not allowed`, {
    hint: 'an admin can name the origin under `cors.allowed_origins` in server.yml',
  });
