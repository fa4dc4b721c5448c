import type { Middleware } from 'koa';
import { createRequestIds } from '../../telemetry/request-id.ts';

/**
 * Each request has an id: the client's `X-Request-Id` if it is a sound one, else a new one. The answer's head says it, the body of
 * an error, and the server's log; so that one is found by the other. Around all other layers: whatever refuses has it too.
 */
export const requestIds = (): Middleware => {
  const idFor = createRequestIds();
  return async (ctx, next) => {
    const id = idFor(ctx.get('X-Request-Id'));
    ctx.state['requestId'] = id;
    ctx.set('X-Request-Id', id);
    await next();
    if (ctx.status >= 400 && isError(ctx.body)) ctx.body = { ...ctx.body, request_id: id };
  };
};

const isError = (body: unknown): body is { readonly error: string } =>
  typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string';
