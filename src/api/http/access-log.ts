import type { Middleware } from 'koa';
import type { Log } from '../../telemetry/log.ts';

/** A line for each request, once it is answered: its id, method, path (without its query), status, ms, bytes. */
export const accessLog =
  (log: Log, clock: { now(): number }): Middleware =>
  async (ctx, next) => {
    const begun = clock.now();
    const { socket } = ctx.req;
    const sent = socket.bytesWritten;
    ctx.res.once('close', () => {
      const fields = {
        request_id: ctx.state['requestId'],
        method: ctx.method,
        path: ctx.path,
        status: ctx.status,
        ms: Math.max(0, clock.now() - begun),
        bytes: socket.bytesWritten - sent,
        address: socket.remoteAddress,
        caller: ctx.state['caller']?.name,
      };
      if (ctx.status === 401 || ctx.status === 403 || ctx.status === 429) log.warn(fields, 'refused');
      else if (ctx.status >= 500 && ctx.status !== 501) log.error(fields, 'answered');
      else if (ctx.path.includes('health')) log.debug(fields, 'answered');
      else log.info(fields, 'answered');
    });
    await next();
  };
