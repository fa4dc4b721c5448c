import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { BodyReply, Reply, SessionReply, StreamReply, TextReply } from '../reply.ts';
import { cutUnread } from './unread.ts';
import type { Upgrades } from './upgrades.ts';

/** Writes a handler's reply. Nothing the API says may be cached or guessed at. */
export function respond(ctx: Context, reply: Reply, upgrades: Upgrades): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.status = reply.status;
  if ('session' in reply) upgrade(ctx, reply, upgrades);
  else if ('stream' in reply) stream(ctx, reply);
  else whole(ctx, reply);
}

function whole(ctx: Context, reply: BodyReply | TextReply): void {
  cutUnread(ctx.res);
  if ('text' in reply) ctx.type = `${reply.type}; charset=utf-8`;
  ctx.body = 'text' in reply ? reply.text : reply.body;
}

/** The answer is the WebSocket's own; it says the request's id, as all do. */
function upgrade(ctx: Context, { session, abandon }: SessionReply, upgrades: Upgrades): void {
  try {
    void session(upgrades.take(ctx.req, [`X-Request-Id: ${ctx.state['requestId']}`]));
    ctx.respond = false;
  } catch (error) {
    abandon();
    throw error;
  }
}

/** The head goes out at once: a stream may have nothing to say for long. */
function stream(ctx: Context, reply: StreamReply): void {
  ctx.set('X-Accel-Buffering', 'no');
  ctx.type = `${reply.type}; charset=utf-8`;
  if (ctx.method === 'HEAD') {
    ctx.respond = false;
    ctx.res.writeHead(200).end();
    return;
  }
  ctx.body = Readable.from(reply.stream, { objectMode: false, encoding: 'utf8' });
  ctx.type = `${reply.type}; charset=utf-8`;
  ctx.flushHeaders();
}
