import type { AuditBody } from '../contract/audit.ts';
import type { ClusterInfo } from '../contract/cluster.ts';
import type { DeployBody, DeployResult } from '../contract/deploy.ts';
import type { DeploymentBody } from '../contract/deployments.ts';
import type { DiskUse, Pruned, PruneWish } from '../contract/disk.ts';
import type { ResponseOf } from '../contract/endpoint.ts';
import type { EventData } from '../contract/events.ts';
import type { History, RevisionDiff } from '../contract/history.ts';
import type { Plan } from '../contract/plan.ts';
import type { ProgressLine } from '../contract/progress.ts';
import type { PutRegistry, putRegistry, registries, removeRegistry } from '../contract/registries.ts';
import type {
  removeSecret,
  rotateSecretKey,
  SecretAnswer,
  SecretsAnswer,
  SecretUsage,
  SetSecret,
  SetSecrets,
  secrets,
} from '../contract/secrets.ts';
import type { removeService, scale, start } from '../contract/services.ts';
import type { Status } from '../contract/status.ts';
import type { NewToken, TokenBody } from '../contract/tokens.ts';
import type { root, Version } from '../contract/version.ts';
import type { AddWebhook, invocations, NewWebhook, redeliver, removeWebhook, webhooks } from '../contract/webhooks.ts';
import type { Whoami } from '../contract/whoami.ts';
import type { Role } from '../core/model/token.ts';
import { readJson, readLines, refuseErrors } from './body.ts';
import type { Call, Query } from './call.ts';
import { type CertificateCalls, certificateCalls } from './certificates.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';
import { readMessages } from './event-stream.ts';
import { type NodeCalls, nodeCalls } from './nodes.ts';
import { createOneOff, type OneOff } from './one-off.ts';
import { readProgress } from './progress-stream.ts';
import {
  type PromoteQuery,
  promoteCall,
  type RollbackQuery,
  restartCall,
  rollbackCall,
  servicePath as service,
} from './service-calls.ts';
import { type VolumeCalls, volumeCalls } from './volumes.ts';

export type Scaled = ResponseOf<typeof scale>;
export type Started = ResponseOf<typeof start>;
export type Stopped = ResponseOf<typeof removeService>;

export interface EventMessage {
  /** The store's revision: `after` of a call that resumes here. */
  readonly id: string | undefined;
  /** A kind of event, or `reset` after a gap. */
  readonly event: string;
  readonly data: EventData;
}

export interface LogQuery {
  readonly project?: string | undefined;
  readonly tail?: number | undefined;
  readonly follow?: boolean | undefined;
  /** `10m`, a time, or epoch ms. */
  readonly since?: string | undefined;
  /** A task id, or a slot's number. */
  readonly task?: string | undefined;
  readonly grep?: string | undefined;
}

export interface DeploymentQuery {
  readonly project?: string | undefined;
  readonly service?: string | undefined;
  readonly state?: string | undefined;
  readonly page?: number | undefined;
  readonly limit?: number | undefined;
}

export interface AuditQuery {
  /** `10m`, a time, or epoch ms. */
  readonly since?: string | undefined;
  readonly limit?: number | undefined;
  readonly only?: 'changes' | 'refusals' | undefined;
}

export interface TokenWish {
  readonly name: string;
  readonly role: Role;
  readonly projects?: readonly string[] | undefined;
  readonly expires?: string | undefined;
}

/**
 * The HTTP API as functions, one an endpoint. Each throws OrcaError with the server's code, sentence and hint;
 * `unavailable` when the server was not reached, `timeout` when the outcome of a change is unknown.
 * Streams end when the caller stops reading.
 */
export interface Client extends OneOff, VolumeCalls, NodeCalls, CertificateCalls {
  readonly api: string;
  /** What answers at the address; needs no token. */
  root(): Promise<ResponseOf<typeof root>>;
  version(): Promise<Version>;
  whoami(): Promise<Whoami>;
  cluster(): Promise<ClusterInfo>;
  status(project?: string): Promise<Status>;
  plan(body: DeployBody): Promise<Plan>;
  /**
   * Deploys and tells the progress; the last line is of type `result`. Where no service was admitted it throws as for an
   * answer of that status.
   */
  deploy(body: DeployBody, query?: { readonly plan?: string | undefined }): AsyncIterable<ProgressLine>;
  /** Deploys without waiting. A refusal of every service is an answer too, with its `error` and `code`. */
  deployDetached(body: DeployBody, query?: { readonly plan?: string | undefined }): Promise<DeployResult>;
  /** Goes back to an earlier revision, and tells the progress as a deploy does. */
  rollback(name: string, query?: RollbackQuery): AsyncIterable<ProgressLine>;
  rollbackDetached(name: string, query?: RollbackQuery): Promise<DeployResult>;
  rollbackPlan(name: string, query?: RollbackQuery): Promise<Plan>;
  /** The next step of a canary, or all requests; tells the progress as a deploy does. */
  promote(name: string, query?: PromoteQuery): AsyncIterable<ProgressLine>;
  promoteDetached(name: string, query?: PromoteQuery): Promise<DeployResult>;
  /** New tasks of the same revision, told as a deploy. */
  restart(name: string, project?: string): AsyncIterable<ProgressLine>;
  restartDetached(name: string, project?: string): Promise<DeployResult>;
  history(name: string, project?: string): Promise<History>;
  diff(name: string, between: { readonly from: number; readonly to: number }, project?: string): Promise<RevisionDiff>;
  scale(name: string, replicas: number, project?: string): Promise<Scaled>;
  start(name: string, project?: string): Promise<Started>;
  stop(name: string, project?: string): Promise<Stopped>;
  remove(name: string, project?: string): Promise<Stopped>;
  stopProject(name: string): Promise<Stopped>;
  removeProject(name: string): Promise<Stopped>;
  stopAll(): Promise<Stopped>;
  /** Lines `<RFC 3339 time> <task> <text>`. */
  logs(name: string, query?: LogQuery): AsyncIterable<string>;
  deployments(query?: DeploymentQuery): Promise<{ deployments: DeploymentBody[]; total: number }>;
  deployment(id: number): Promise<DeploymentBody>;
  audit(query?: AuditQuery): Promise<{ readonly entries: readonly AuditBody[] }>;
  tokens(): Promise<{ readonly tokens: readonly TokenBody[] }>;
  /** @param wish `expires` from now on, such as `30d` */
  createToken(wish: TokenWish): Promise<NewToken>;
  rotateToken(id: string, expires?: string): Promise<NewToken>;
  /** @param last also if it is the last admin's */
  removeToken(id: string, last?: boolean): Promise<{ readonly ok: string; readonly removed: string }>;
  /** Without values. All that the caller may see, unless a project is given. */
  secrets(project?: string): Promise<ResponseOf<typeof secrets>>;
  /** @param project undefined: a secret of the cluster */
  secretUsage(key: string, project?: string): Promise<SecretUsage>;
  setSecret(key: string, body: SetSecret, project?: string): Promise<SecretAnswer>;
  setSecrets(body: SetSecrets, project?: string): Promise<SecretsAnswer>;
  removeSecret(key: string, project?: string): Promise<ResponseOf<typeof removeSecret>>;
  rotateSecretKey(): Promise<ResponseOf<typeof rotateSecretKey>>;
  webhooks(project?: string): Promise<ResponseOf<typeof webhooks>>;
  /** The secret is in the answer if it was generated, and nowhere else. */
  addWebhook(body: AddWebhook): Promise<NewWebhook>;
  removeWebhook(id: string): Promise<ResponseOf<typeof removeWebhook>>;
  invocations(id: string, limit?: number): Promise<ResponseOf<typeof invocations>>;
  redeliver(id: string, delivery: string): Promise<ResponseOf<typeof redeliver>>;
  diskUse(query?: { readonly node?: string | undefined }): Promise<DiskUse>;
  prune(wish: PruneWish): Promise<Pruned>;
  registries(): Promise<ResponseOf<typeof registries>>;
  /** @param host `registry.example.com`, or with a path: `registry.example.com/team-a` */
  putRegistry(host: string, wish: PutRegistry): Promise<ResponseOf<typeof putRegistry>>;
  removeRegistry(host: string): Promise<ResponseOf<typeof removeRegistry>>;
  /** From now on, or after the event with this id. */
  events(query?: {
    readonly project?: string | undefined;
    readonly service?: string | undefined;
    readonly after?: string | undefined;
  }): AsyncIterable<EventMessage>;
}

/** The server tells at least every 10 s that it still waits; three of these missed, and it is taken for gone. */
const PROGRESS_SILENCE = 30_000;
/** For the head of an answer that waits for registries, ten seconds for each image that one does not answer for, ms. */
const ADMISSION = 15 * 60_000;
/** A registry is asked for thirty seconds, what containers wrote is counted for as long, and the files of volumes for twenty, ms. */
const LONG_LOOK = 60_000;
/** A quiet service has nothing to tell for hours. */
const NO_SILENCE = 0;

export function createClient(options: ConnectionOptions): Client {
  const { api, signal } = options;
  const connection = createConnection(options);

  const json = async <T>(call: Call, accepts?: (value: unknown) => boolean): Promise<T> =>
    readJson<T>(await connection(call), { api, call, signal }, accepts);
  const get = <T>(path: string, query?: Query) => json<T>({ method: 'GET', path, query });
  const post = <T>(path: string, body?: unknown, query?: Query) => json<T>({ method: 'POST', path, body, query });
  const del = <T>(path: string, query?: Query) => json<T>({ method: 'DELETE', path, query });

  async function* lines(call: Call): AsyncGenerator<string, void, undefined> {
    const answer = await connection(call);
    try {
      await refuseErrors(answer, { api, call, signal });
      yield* readLines(answer, { api, call, signal });
    } finally {
      answer.destroy();
    }
  }

  const followed = (call: Call): AsyncGenerator<ProgressLine, void, undefined> =>
    readProgress(lines({ ...call, accept: 'application/x-ndjson', silence: PROGRESS_SILENCE }), api);
  const detached = (call: Call): Promise<DeployResult> =>
    json({ ...call, query: { ...call.query, wait: 'false' }, patience: ADMISSION }, isDeployResult);

  return {
    api,
    ...createOneOff(options, json),
    root: () => get('/'),
    version: () => get('/api/v1/version'),
    whoami: () => get('/v1/auth/whoami'),
    cluster: () => get('/api/v1/cluster/info'),
    status: (project) => get('/api/v1/status', { project }),
    plan: (body) => json({ method: 'POST', path: '/api/v1/plan', body, patience: ADMISSION }),
    deploy: (body, query) => followed({ method: 'POST', path: DEPLOY, body, query }),
    deployDetached: (body, query) => detached({ method: 'POST', path: DEPLOY, body, query }),
    rollback: (name, query) => followed(rollbackCall(name, query)),
    rollbackDetached: (name, query) => detached(rollbackCall(name, query)),
    rollbackPlan: (name, query) => {
      const call = rollbackCall(name, query);
      return json({ ...call, path: `${call.path}/plan`, patience: ADMISSION });
    },
    promote: (name, query) => followed(promoteCall(name, query)),
    promoteDetached: (name, query) => detached(promoteCall(name, query)),
    restart: (name, project) => followed(restartCall(name, project)),
    restartDetached: (name, project) => detached(restartCall(name, project)),
    history: (name, project) => get(`${service(name)}/history`, { project }),
    diff: (name, { from, to }, project) => get(`${service(name)}/diff`, { from, to, project }),
    scale: (name, replicas, project) => post(`${service(name)}/scale`, { replicas }, { project }),
    start: (name, project) => post(`${service(name)}/start`, undefined, { project }),
    stop: (name, project) => del(service(name), { project }),
    remove: (name, project) => del(service(name), { project, purge: true }),
    stopProject: (name) => del(projectPath(name)),
    removeProject: (name) => del(projectPath(name), { purge: true }),
    stopAll: () => post('/api/v1/stop', {}),
    logs: (name, query = {}) =>
      lines({
        method: 'GET',
        path: `${service(name)}/logs`,
        query: { ...query },
        accept: 'text/plain',
        silence: NO_SILENCE,
      }),
    deployments: (query = {}) => get('/api/v1/deployments', { ...query }),
    deployment: (id) => get(`/api/v1/deployments/${id}`),
    audit: (query = {}) => get('/api/v1/audit', { ...query }),
    tokens: () => get('/api/v1/tokens'),
    createToken: (wish) => post('/api/v1/tokens', wish),
    rotateToken: (id, expires) => post(`${tokenPath(id)}/rotate`, { expires }),
    removeToken: (id, last) => del(tokenPath(id), { last }),
    secrets: (project) => get(SECRETS, { project }),
    secretUsage: (key, project) => get(secretPath(key), { project }),
    setSecret: (key, body, project) => json({ method: 'PUT', path: secretPath(key), body, query: { project } }),
    setSecrets: (body, project) => json({ method: 'PUT', path: SECRETS, body, query: { project } }),
    removeSecret: (key, project) => del(secretPath(key), { project }),
    rotateSecretKey: () => post(`${SECRETS}/rotate-key`, {}),
    ...volumeCalls(json, LONG_LOOK),
    ...nodeCalls(json),
    ...certificateCalls(json),
    webhooks: (project) => get(HOOKS, { project }),
    addWebhook: (body) => post(HOOKS, body),
    removeWebhook: (id) => del(`${HOOKS}/${encodeURIComponent(id)}`),
    invocations: (id, limit) => get(`${HOOKS}/${encodeURIComponent(id)}/invocations`, { limit }),
    redeliver: (id, delivery) => post(`${HOOKS}/${encodeURIComponent(id)}/redeliver`, { delivery }),
    diskUse: (query) => json({ method: 'GET', path: '/api/v1/system/df', query, patience: LONG_LOOK }),
    prune: (body) => json({ method: 'POST', path: '/api/v1/system/prune', body, patience: ADMISSION }),
    registries: () => get(REGISTRIES),
    putRegistry: (host, body) => json({ method: 'PUT', path: registryPath(host), body, patience: LONG_LOOK }),
    removeRegistry: (host) => del(registryPath(host)),
    events: async function* ({ after, ...query } = {}) {
      const headers = after === undefined ? {} : { 'last-event-id': after };
      const call: Call = {
        method: 'GET',
        path: '/api/v1/events',
        query,
        headers,
        accept: 'text/event-stream',
        silence: NO_SILENCE,
      };
      for await (const { id, event, data } of readMessages(lines(call)))
        yield { id, event, data: JSON.parse(data) as EventData };
    },
  };
}

const DEPLOY = '/api/v1/deploy';
const REGISTRIES = '/api/v1/registries';
const registryPath = (host: string): string => `${REGISTRIES}/${encodeURIComponent(host)}`;
const SECRETS = '/api/v1/secrets';
const secretPath = (key: string): string => `${SECRETS}/${encodeURIComponent(key)}`;
const HOOKS = '/api/v1/webhooks';
const tokenPath = (id: string): string => `/api/v1/tokens/${encodeURIComponent(id)}`;
const projectPath = (name: string): string => `/api/v1/projects/${encodeURIComponent(name)}`;

const isDeployResult = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'services' in value && Array.isArray(value.services);
