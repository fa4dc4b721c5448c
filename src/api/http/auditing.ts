import type { Context, Middleware } from 'koa';
import type { Endpoint } from '../../contract/endpoint.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { Audit, AuditEntry, AuditResult } from '../../telemetry/audit/audit.ts';
import { addressOf } from './authorize.ts';

/** What the inner layers found out about a request; each is there as soon as it is known. */
export interface Known {
  readonly caller?: Caller;
  readonly endpoint?: Endpoint;
  /** Parsed by the endpoint's schemas. */
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** The answer goes on after its head. */
  readonly streams?: boolean;
  readonly requestId?: string;
}

const LONGEST_PATH = 300;

/**
 * One line for each call that changes something, whatever comes of it, and for each refusal. Around all routes, so that none
 * can leave it out; written before the answer is sent.
 */
export const auditing =
  (audit: Audit, clock: { now(): number }): Middleware =>
  async (ctx, next) => {
    try {
      await next();
    } finally {
      const known = ctx.state as Known;
      const result = resultOf(ctx, known);
      if (result === 'refused' || known.endpoint?.changes) audit.write(entryOf(ctx, known, result, clock.now()));
    }
  };

function resultOf({ status }: Context, { caller, endpoint, streams }: Known): AuditResult {
  if (status === 401 || status === 403 || status === 429) return 'refused';
  // To a token of some projects what others have is not there: which of the two it was, nobody is told.
  if (status === 404 && caller?.projects && endpoint) return 'refused';
  if (status >= 400) return 'failed';
  return status === 202 || streams ? 'begun' : 'done';
}

function entryOf(ctx: Context, known: Known, result: AuditResult, at: number): AuditEntry {
  const { caller } = known;
  return {
    at,
    actor: caller?.name ?? null,
    actor_id: caller?.id ?? null,
    role: caller?.role ?? null,
    address: addressOf(ctx.req),
    method: ctx.method,
    path: ctx.path.slice(0, LONGEST_PATH),
    about: aboutOf(known) ?? subjectOf(ctx.body),
    status: ctx.status,
    code: codeOf(ctx.body),
    result,
    request_id: known.requestId ?? null,
  };
}

function aboutOf({ endpoint, query, body }: Known): AuditEntry['about'] {
  const told = query && (endpoint?.auditedQuery?.(query) ?? query);
  const about = { ...told, ...(body === undefined ? {} : endpoint?.audited?.(body)) };
  return Object.keys(about).length > 0 ? about : null;
}

/** Whom a signed token that may nothing is about: its issuer vouches for that. */
function subjectOf(body: unknown): AuditEntry['about'] {
  const { subject, issuer } = (body as { readonly details?: Record<string, unknown> } | undefined)?.details ?? {};
  return typeof subject === 'string' && typeof issuer === 'string' ? { subject, issuer } : null;
}

const codeOf = (body: unknown): string | null =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' ? body.code : null;
