import type { Middleware } from 'koa';
import { OrcaError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { drain } from './drain.ts';
import { errorBodyOf, statusOf } from './error-status.ts';

/** Whatever is thrown below becomes an answer with a body of its own; a bug is logged with its stack. */
export const recovery =
  (log: Log): Middleware =>
  async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof OrcaError)) {
        const { method, path, state } = ctx;
        log.error({ err: error, request_id: state['requestId'], method, path }, 'request failed');
      }
      ctx.status = statusOf(error);
      ctx.body = errorBodyOf(error);
      if (ctx.status === 401) ctx.set('WWW-Authenticate', 'Bearer realm="orca"');
      if (ctx.status === 429) ctx.set('Retry-After', '60');
      if (ctx.status === 503) ctx.set('Retry-After', '5');
    }
    // A connection is not kept for the rest of a body that nobody reads.
    if (!ctx.res.headersSent && !(await drain(ctx.req))) ctx.set('Connection', 'close');
  };
