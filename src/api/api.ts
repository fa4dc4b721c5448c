import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import Koa from 'koa';
import type { Endpoint } from '../contract/endpoint.ts';
import type { TrafficBook } from '../controllers/ingress/traffic.ts';
import type { JoinedNodes } from '../controllers/joined/joined.ts';
import type { Runs } from '../controllers/runs/runs.ts';
import type { World } from '../controllers/world.ts';
import { OrcaError } from '../core/errors.ts';
import type { OwnPort, OwnPorts } from '../core/rollout/own-ports.ts';
import type { RouteQuota } from '../core/rollout/route-quota.ts';
import type { KnownRegistry } from '../engine/credentials/docker-config.ts';
import type { Engine } from '../engine/engine.ts';
import type { Engines } from '../engine/engines.ts';
import type { Identity } from '../identity/authenticate.ts';
import type { Fingerprint } from '../identity/fingerprint.ts';
import type { State } from '../store/state.ts';
import type { Audit } from '../telemetry/audit/audit.ts';
import type { Log } from '../telemetry/log.ts';
import type { Vault } from '../vault/vault.ts';
import type { AcmeOptions } from './certificates/agree.ts';
import type { HttpsServed } from './deploying/certificate-warnings.ts';
import { createDeploying, type Deploying } from './deploying/deploy.ts';
import { type CheckCertificate, createCertificateCheck } from './deploying/own-certificate.ts';
import { createPlanning } from './deploying/plan.ts';
import { createSteering } from './deploying/steering.ts';
import type { KeptLogs } from './disk/survey.ts';
import { accessLog } from './http/access-log.ts';
import { auditing } from './http/auditing.ts';
import { createDoor } from './http/authorize.ts';
import { createBadCredentials } from './http/bad-credentials.ts';
import { type Budget, createBudget } from './http/budget.ts';
import { cors } from './http/cors.ts';
import { knownHost } from './http/host.ts';
import { createLapses } from './http/lapses.ts';
import { type Address, listen, stopListening } from './http/listen.ts';
import { listenOnSocket } from './http/listen-socket.ts';
import { mount } from './http/mount.ts';
import { recovery } from './http/recovery.ts';
import { requestIds } from './http/request-ids.ts';
import { createUpgrades } from './http/upgrades.ts';
import type { LogArchive } from './logs/service-log.ts';
import { ownPortWarnings } from './observing/own-port-warnings.ts';
import { createTokenUses, type TokenUses } from './observing/token-uses.ts';
import type { Route } from './route.ts';
import { auditRoutes } from './routes/audit.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { copyRoutes } from './routes/copy.ts';
import { deployRoutes } from './routes/deploy.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { diskRoutes } from './routes/disk.ts';
import { drainRoutes } from './routes/drain.ts';
import { eventRoutes } from './routes/events.ts';
import { execRoutes } from './routes/exec.ts';
import { historyRoutes } from './routes/history.ts';
import { laterRoutes } from './routes/later.ts';
import { logRoutes } from './routes/logs.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { promoteRoutes } from './routes/promote.ts';
import { registrationRoutes } from './routes/registration.ts';
import { registryRoutes } from './routes/registries.ts';
import { rollbackRoutes } from './routes/rollback.ts';
import { runRoutes } from './routes/run.ts';
import { schedulerRoutes } from './routes/scheduler.ts';
import { secretRoutes } from './routes/secrets.ts';
import { serviceRoutes } from './routes/services.ts';
import { statusRoutes } from './routes/status.ts';
import { systemRoutes } from './routes/system.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { topRoutes } from './routes/top.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import type { RotationOptions } from './secrets/rotate-key.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { createWork, type Work } from './webhooks/work.ts';

export interface ApiOptions {
  readonly state: State;
  /** Of the master's own machine: it asks registries, and its disk is looked after. */
  readonly engine: Engine;
  readonly engines: Engines;
  readonly world: World;
  /** Machines that joined. */
  readonly joined: Pick<JoinedNodes, 'sight' | 'ownMachine' | 'port' | 'shows' | 'problem'>;
  /** The address that the node port is set to listen on. */
  readonly nodeHost: string;
  /** One-off containers. */
  readonly runs?: Runs | undefined;
  readonly identity: Identity;
  readonly archive: LogArchive & KeptLogs;
  readonly clock: { now(): number };
  /** The machine's time as it is, for dates that people and other machines compare with theirs; `clock` unless given. */
  readonly wall?: { now(): number } | undefined;
  readonly log: Log;
  readonly audit: Audit;
  readonly version: string;
  /** Sentences that `status` tells beside what it observes, to one who may know of some projects. */
  readonly remarks?: ((mayKnow: (project: string) => boolean) => readonly string[]) | undefined;
  /** Where the ingress serves plain HTTP; told with the status. */
  readonly httpPort?: (() => number | undefined) | undefined;
  /** Where the ingress listens, TCP. */
  readonly ingressPorts?: (() => readonly number[]) | undefined;
  /** Routes that services and projects may have. */
  readonly quota?: RouteQuota | undefined;
  readonly fingerprint: Fingerprint;
  /** What the data plane counted. */
  readonly traffic?: TrafficBook | undefined;
  readonly vault: Vault;
  /** The public CA. */
  readonly acme: Pick<AcmeOptions, 'authority' | 'askCa'> & HttpsServed;
  /** The registries in docker's own config; see `RegistryRoutesOptions`. */
  readonly dockerRegistries?: (() => Promise<readonly KnownRegistry[]>) | undefined;
  /** Of the vault's key. */
  readonly rotation: RotationOptions;
  /** Under which the ingress passes deliveries on. */
  readonly apiDomain?: string | undefined;
  /** Of the memory that requests hold. */
  readonly budget?: Budget | undefined;
  readonly config: {
    readonly allowedOrigins: readonly string[];
  };
}

export interface Api {
  readonly routes: readonly Route[];
  readonly listener: RequestListener;
  /** Where orca listens now. */
  readonly ownPorts: OwnPorts;
  /** @returns the address it listens on. @throws OrcaError for an address off loopback, or one that is taken */
  listen(address: Address): Promise<Address>;
  /**
   * Also on the socket in the data folder, where no token is needed.
   * @throws OrcaError see `listenOnSocket`
   */
  listenLocally(path: string): Promise<void>;
  /** Deploys what webhooks were told of, until the signal. */
  work(signal: AbortSignal): Promise<void>;
  /** Tells those who wait that it stops, answers what is in flight for `grace` ms at most, then closes. */
  close(grace?: number): Promise<void>;
}

const GRACE = 5_000;

/** The HTTP API: writes intents to the store, and waits for what becomes of them. It never calls a controller. */
export function createApi(options: ApiOptions): Api {
  const { log, clock, wall = options.clock, identity, config, budget = createBudget() } = options;
  const stopping = new AbortController();
  let apiPort: number | undefined;
  const ownPorts = (): readonly OwnPort[] => [
    ...own(apiPort, 'API'),
    ...own(options.joined.port(), 'node port'),
    ...(options.ingressPorts?.() ?? []).map((port) => ({ port, listener: 'ingress' }) as const),
  ];
  const tokenUses = createTokenUses({ ...options, clock: wall });
  const checkCertificate = createCertificateCheck({ ...options, wall });
  const deploying = createDeploying({ ...options, ownPorts, checkCertificate });
  const work = createWork({ ...options, deploying });
  const sessions = createSessions(log);
  const routes = allRoutes({ ...options, ownPorts, tokenUses, checkCertificate, deploying, work, sessions });
  const app = new Koa();
  app.use(requestIds());
  app.use(accessLog(log, clock));
  app.use(auditing(options.audit, wall));
  app.use(recovery(log));
  app.use(knownHost(config.allowedOrigins, signedPaths(routes)));
  app.use(cors(config.allowedOrigins));
  const local = new WeakSet<Socket>();
  const isLocal = (socket: Socket) => local.has(socket);
  const door = createDoor({ identity, badCredentials: createBadCredentials(clock), isLocal, tokenUses });
  const upgrades = createUpgrades(webSocketPaths(routes));
  for (const middleware of mount({
    routes,
    door,
    lapses: createLapses(identity),
    budget,
    upgrades,
    stopping: stopping.signal,
  }))
    app.use(middleware);
  app.on('error', (error) => isClientGone(error) || log.error({ err: error }, 'an answer broke off'));
  const listener = app.callback();
  const servers: Server[] = [];
  return {
    routes,
    listener,
    ownPorts,
    work: work.run,
    async listen(address) {
      const server = await listen(listener, address, { upgrades }).catch((error) =>
        namingService(error, options.state, address.port),
      );
      servers.push(server);
      const bound = server.address();
      apiPort = typeof bound === 'object' && bound ? bound.port : address.port;
      return { host: address.host, port: apiPort };
    },
    async listenLocally(path) {
      const server = await listenOnSocket(listener, path, { upgrades });
      server.prependListener('connection', (socket) => local.add(socket));
      servers.push(server);
    },
    async close(grace = GRACE) {
      stopping.abort();
      await Promise.all([...servers.splice(0).map((server) => stopListening(server, grace)), sessions.ended(grace)]);
      await tokenUses.flush();
    },
  };
}

const own = (port: number | undefined, listener: OwnPort['listener']): readonly OwnPort[] =>
  port === undefined ? [] : [{ port, listener }];

/** A service may have published the port while the API listened elsewhere. */
async function namingService(error: unknown, state: State, port: number): Promise<never> {
  if (!(error instanceof OrcaError) || error.code !== 'conflict') throw error;
  const [service] = await ownPortWarnings(state, [{ port, listener: 'API' }]);
  if (service === undefined) throw error;
  throw new OrcaError('conflict', `${error.message}: ${service}`, { cause: error, hint: error.hint });
}

interface Parts {
  readonly ownPorts: OwnPorts;
  readonly tokenUses: TokenUses;
  readonly checkCertificate: CheckCertificate;
  readonly deploying: Deploying;
  readonly work: Work;
  readonly sessions: Sessions;
}

function allRoutes(options: ApiOptions & Parts): readonly Route[] {
  const deploys = { ...options, planning: createPlanning(options), steering: createSteering(options) };
  const routes: readonly Route[] = [
    ...systemRoutes({ ...options, endpoints: () => endpointsOf(routes) }),
    ...deployRoutes(deploys),
    ...rollbackRoutes(deploys),
    ...promoteRoutes(deploys),
    ...historyRoutes(options),
    ...statusRoutes(options),
    ...serviceRoutes(options),
    ...logRoutes(options),
    ...topRoutes(options),
    ...execRoutes(options),
    ...runRoutes(options),
    ...copyRoutes(options),
    ...deploymentRoutes(options),
    ...eventRoutes(options),
    ...clusterRoutes({ ...options, clock: options.wall ?? options.clock }),
    ...nodeRoutes({ ...options, clock: options.wall ?? options.clock }),
    ...registrationRoutes({ ...options, clock: options.wall ?? options.clock }),
    ...schedulerRoutes(options),
    ...drainRoutes({ ...options, clock: options.wall ?? options.clock }),
    ...tokenRoutes({ ...options, clock: options.wall ?? options.clock }),
    ...auditRoutes({ ...options, clock: options.wall ?? options.clock }),
    ...metricsRoutes(options),
    ...secretRoutes(options),
    ...volumeRoutes(options),
    ...webhookRoutes({ ...options, badCredentials: createBadCredentials(options.clock) }),
    ...registryRoutes({ ...options, clock: options.wall ?? options.clock }),
    ...certificateRoutes({ ...options, ...options.acme, clock: options.wall ?? options.clock }),
    ...diskRoutes(options),
    ...laterRoutes(),
  ];
  return routes;
}

/** Providers know the server by whatever name leads to it, and no page can sign. */
const signedPaths = (routes: readonly Route[]): readonly string[] =>
  endpointsOf(routes).flatMap(({ access, path }) => (access === 'signature' ? [path] : []));

const webSocketPaths = (routes: readonly Route[]): readonly string[] =>
  endpointsOf(routes).flatMap(({ produces, path }) => (produces === 'websocket' ? [path] : []));

const endpointsOf = (routes: readonly Route[]): readonly Endpoint[] => routes.map(({ endpoint }) => endpoint);

const isClientGone = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' || error.code === 'EPIPE';
