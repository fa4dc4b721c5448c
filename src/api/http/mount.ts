import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { notFound } from '../../core/errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { ANYONE, type Call, type Route } from '../route.ts';
import type { Known } from './auditing.ts';
import type { Door } from './authorize.ts';
import type { Budget } from './budget.ts';
import type { Lapses } from './lapses.ts';
import { createOpenRequests, type OpenRequests } from './open-requests.ts';
import { parseInput, parseParams } from './parse-input.ts';
import { bodyRoom, rawRequest, readBody, unreadBody } from './read-body.ts';
import { respond } from './respond.ts';
import type { Upgrades } from './upgrades.ts';

export interface MountOptions {
  readonly routes: readonly Route[];
  readonly door: Door;
  readonly lapses: Lapses;
  readonly budget: Budget;
  readonly upgrades: Upgrades;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** The routes behind their roles, and for everything else a refusal: 401 without a token, 404 or 405 with one. */
export function mount({ routes, ...around }: MountOptions): readonly Middleware[] {
  const router = new Router({ strict: true, sensitive: true });
  const entry: Entry = { ...around, open: createOpenRequests() };
  for (const route of routes) {
    const { method, path } = route.endpoint;
    router.register(path.replace(/\{(\w+)\}/g, ':$1'), [method], (ctx) => serve(ctx, route, entry));
  }
  return [router.routes() as unknown as Middleware, (ctx) => refuseUnknown(ctx, router, around.door)];
}

interface Entry extends Omit<MountOptions, 'routes'> {
  readonly open: OpenRequests;
}

/** First who, then what: nothing of the body is read for a caller who may not, nor before there is room for it. */
async function serve(ctx: Context, route: Route, entry: Entry): Promise<void> {
  const { door, lapses, budget, upgrades, open } = entry;
  const { endpoint, handle } = route;
  know(ctx, { endpoint });
  const gone = clientGone(ctx);
  const caller = await door.admit(ctx, endpoint);
  if (caller !== ANYONE) open.begin(caller, gone);
  const params = parseParams(endpoint.params, ctx['params']);
  const query = parseInput(endpoint.query, { ...ctx.query }, 'query');
  know(ctx, { query });
  if (endpoint.produces === 'websocket') upgrades.require(ctx.req);
  const reserve = (bytes: number) => budget.reserve(caller, bytes, gone);
  const body = parseInput(endpoint.body, await takeBody(ctx, route, caller, reserve), 'body');
  know(ctx, { body });
  const stopping = AbortSignal.any([entry.stopping, lapses.of(caller, endpoint.produces, gone)]);
  const signal = AbortSignal.any([gone, stopping]);
  const wantsLines = ctx.accepts('application/json', 'application/x-ndjson') === 'application/x-ndjson';
  const lastEventId = ctx.get('Last-Event-ID') || undefined;
  const requestId: string = ctx.state['requestId'];
  const raw = rawRequest(ctx.req, endpoint.bodyLimit, (found) => know(ctx, { caller: found }));
  const reply = await handle({
    params,
    query,
    body,
    caller,
    signal,
    stopping,
    wantsLines,
    requestId,
    lastEventId,
    raw,
    reserve,
  });
  know(ctx, { streams: 'stream' in reply || 'session' in reply });
  respond(ctx, reply, upgrades);
}

/** For the layers around, such as the audit log. */
const know = (ctx: Context, known: Known): void => {
  Object.assign(ctx.state, known);
};

/** What is public takes no body; what is signed reads it itself. */
async function takeBody(ctx: Context, { endpoint, room = 0 }: Route, caller: Caller, reserve: Call['reserve']) {
  if (endpoint.access === 'signature') return undefined;
  if (caller === ANYONE) return unreadBody(ctx.req);
  const { bodyLimit, viewerBodyLimit = bodyLimit } = endpoint;
  const limit = caller.role === 'viewer' ? viewerBodyLimit : bodyLimit;
  await reserve(bodyRoom(ctx.req, limit) + room);
  return readBody(ctx.req, limit);
}

function clientGone(ctx: Context): AbortSignal {
  const gone = new AbortController();
  ctx.res.once('close', () => gone.abort());
  return gone.signal;
}

async function refuseUnknown(ctx: Context, router: Router, door: Door): Promise<void> {
  await door.identify(ctx);
  const methods = [...new Set(router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods))];
  if (methods.length === 0) throw notFound('path', ctx.path.slice(0, 200));
  ctx.set('Allow', [...methods, 'OPTIONS'].join(', '));
  ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
  if (ctx.method === 'OPTIONS') return;
  ctx.body = {
    error: `${ctx.method} is not possible here`,
    code: 'method_not_allowed',
    hint: `this path takes ${methods.join(', ')}`,
  };
}
