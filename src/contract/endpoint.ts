import { z } from 'zod';
import type { ErrorCode } from '../core/errors.ts';
import type { Role } from '../core/model/token.ts';

/**
 * Who may call it: anyone, a token of at least this role, or whoever signed the body with a secret that the endpoint knows
 * (`signature`: it looks at the bytes itself). There is no default.
 */
export type Access = 'public' | 'signature' | Role;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** How the answer travels; an endpoint with `ndjson` answers JSON unless that is asked for with `Accept`; one with `websocket` upgrades. */
export type Produces = 'json' | 'ndjson' | 'text' | 'sse' | 'websocket';

/**
 * An endpoint of the HTTP API as data: the server mounts it, the client calls it, the OpenAPI document shows it.
 * `path` names its parameters in braces (`/api/v1/services/{name}/scale`).
 */
export interface Endpoint<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
  /** `project`: open to tokens of some projects, which see their own only. `cluster`: refused to them. */
  readonly scope: 'project' | 'cluster';
  /** Of what is public: a token is looked at if one comes, as more is told to it. */
  readonly identifies: boolean;
  readonly summary: string;
  readonly params: P;
  /** Values arrive as text. */
  readonly query: Q;
  /** `z.undefined()` where no body is read. */
  readonly body: B;
  /** Bytes. */
  readonly bodyLimit: number;
  /** For a viewer, where that is less. */
  readonly viewerBodyLimit?: number | undefined;
  /** Of the JSON answer; `z.string()` for text and event streams. */
  readonly response: R;
  readonly produces: Produces;
  /** Statuses below 400, the usual one first. */
  readonly answers: readonly number[];
  /** What may go wrong beside what may everywhere: see `errorsOf`. */
  readonly errors: readonly ErrorCode[];
  /** Each call of it stands in the audit log: all but GET, unless it says that it only reads. */
  readonly changes: boolean;
  /** What of a body stands there; never a secret. */
  readonly audited?: ((body: unknown) => Readonly<Record<string, unknown>>) | undefined;
  /** What of a query stands there, where that is not all of it. */
  readonly auditedQuery?: ((query: unknown) => Readonly<Record<string, unknown>>) | undefined;
}

export type ParamsOf<E extends Endpoint> = z.output<E['params']>;
export type QueryOf<E extends Endpoint> = z.output<E['query']>;
export type BodyOf<E extends Endpoint> = z.output<E['body']>;
export type ResponseOf<E extends Endpoint> = z.output<E['response']>;

const KIB = 1024;
export const SMALL_BODY = 64 * KIB;
/** A deploy carries the content of its config files. */
export const DEPLOY_BODY = 16 * KIB * KIB;
/** Who may not deploy may ask what it would do, of less. */
export const VIEWER_BODY = KIB * KIB;

interface Given<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType> {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
  readonly scope?: 'project' | 'cluster';
  readonly identifies?: boolean;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly bodyLimit?: number;
  readonly viewerBodyLimit?: number | undefined;
  readonly response: R;
  readonly produces?: Produces;
  readonly answers?: readonly number[];
  readonly errors?: readonly ErrorCode[];
  readonly changes?: boolean;
  readonly audited?: ((body: z.output<B>) => Readonly<Record<string, unknown>>) | undefined;
  readonly auditedQuery?: ((query: z.output<Q>) => Readonly<Record<string, unknown>>) | undefined;
}

const NOTHING = z.object({});
type Nothing = typeof NOTHING;

/** Fills in what most endpoints share: no parameters, no body, JSON out, open to tokens of one project. */
export function endpoint<
  R extends z.ZodType,
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>({ audited, auditedQuery, ...given }: Given<P, Q, B, R>): Endpoint<P, Q, B, R> {
  return {
    changes: given.method !== 'GET',
    audited: audited && ((body) => audited(body as z.output<B>)),
    auditedQuery: auditedQuery && ((query) => auditedQuery(query as z.output<Q>)),
    scope: 'project',
    identifies: false,
    params: NOTHING as unknown as P,
    query: NOTHING as unknown as Q,
    body: z.undefined('expected no body') as unknown as B,
    bodyLimit: SMALL_BODY,
    produces: 'json',
    answers: [200],
    errors: [],
    ...given,
  };
}

export const takesBody = ({ body }: Pick<Endpoint, 'body'>): boolean => !(body instanceof z.ZodUndefined);

/** The names of a path's parameters: `/services/{name}/logs` has `name`. */
export const parametersOf = (path: string): readonly string[] =>
  [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name ?? '');
