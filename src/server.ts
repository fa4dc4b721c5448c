import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApi } from './api/api.ts';
import { refuseLongPath } from './api/http/listen-socket.ts';
import { ownPortWarnings } from './api/observing/own-port-warnings.ts';
import { secretFingerprint } from './api/secrets/fingerprint.ts';
import { finishRotation, type RotationOptions } from './api/secrets/rotate-key.ts';
import { certificatesOf, publicCa } from './certificates.ts';
import { dataPlaneSettings, ingressArguments } from './config/data-plane.ts';
import type { ServerConfig } from './config.ts';
import { OWN_SOCKET } from './contract/own-socket.ts';
import { DELIVERY_PATH } from './contract/webhooks.ts';
import { type Cluster, takeTerm } from './controllers/cluster.ts';
import { createCommit } from './controllers/commit.ts';
import { createControllers } from './controllers/controllers.ts';
import { createIngressLink } from './controllers/ingress/link.ts';
import { createLinks } from './controllers/ingress/links.ts';
import { createTrafficBook } from './controllers/ingress/traffic.ts';
import { createJoinedNodes } from './controllers/joined/joined.ts';
import { LOCAL_NODE } from './core/model/node.ts';
import type { OwnPort } from './core/rollout/own-ports.ts';
import type { ApiRoute } from './core/route/api-route.ts';
import { prepareDataFolder } from './data-folder.ts';
import { dataPlaneRemarks } from './data-plane-remarks.ts';
import { createHelpers } from './engine/credentials/credential-helper.ts';
import { createDockerConfig } from './engine/credentials/docker-config.ts';
import { createEngine } from './engine/docker.ts';
import { createEngines } from './engine/engines.ts';
import { createRegistryRule } from './engine/registry-rule.ts';
import { ensureAdminToken } from './identity/admin-token.ts';
import { createIdentity } from './identity/authenticate.ts';
import { createFingerprint } from './identity/fingerprint.ts';
import { adoptNextKey, ensureSecretKey, readNextKey, writeNextKey } from './identity/secret-key.ts';
import { createJoinedMachines } from './joined-machines.ts';
import { createKeptLogs } from './kept-logs.ts';
import { newId } from './new-id.ts';
import { machineEdge } from './node/edge/machine-edge.ts';
import { createIngressLauncher } from './node/ingress/launcher.ts';
import { ingressPorts, plainPort } from './own-ports.ts';
import { registryAccounts } from './registry-accounts.ts';
import { relaysOf } from './relays.ts';
import { signedTokens } from './signed-tokens.ts';
import { createSteadyClock } from './steady-clock.ts';
import { mirrorStore } from './store/mirror/store.ts';
import { openStore } from './store/open.ts';
import { refuseNewer } from './store/refuse-newer.ts';
import { holdsSealed, sealedRecords } from './store/sealed.ts';
import { createState, READ_OFTEN, type State } from './store/state.ts';
import { createAudit } from './telemetry/audit/audit.ts';
import { createLogger, type Log } from './telemetry/log.ts';
import { createNodePort } from './tunnel/node-port.ts';
import { createVault, type Vault } from './vault/vault.ts';
import { VERSION } from './version.ts';

export interface RunningServer {
  /** Lets steps under way end, answers what is asked, closes the store. The data plane and the containers run on. */
  stop(): Promise<void>;
}

/** The parts of a master, wired. Everything with a rule in it is in the modules. */
export async function runServer(config: ServerConfig, { entry }: { entry: string }): Promise<RunningServer> {
  const log = createLogger({ level: config.log.level });
  const clock = createSteadyClock();
  const wall = { now: () => Date.now() };
  const socket = join(config.data, OWN_SOCKET);
  refuseLongPath(socket);
  prepareDataFolder(config.data);
  const store = mirrorStore(await openStore(`file:${config.store.path}`), READ_OFTEN);
  const state = createState(store, (err) => log.error({ err, key: err.key }, 'a record is left out'));
  await refuseNewer(state);
  const cluster = await takeTerm(state, () => newId(10));
  await tellAdminToken(state, config, log);
  const keyFile = join(config.data, 'secret.key');
  const sealed = async () => (await sealedRecords(state)).records.map(({ envelope }) => envelope);
  const next = await readNextKey(keyFile);
  const key = await ensureSecretKey({ file: keyFile, random: randomBytes, isInUse: () => holdsSealed(state) });
  const vault = createVault({ file: keyFile, key, next, sealed, random: randomBytes });
  let fingerprintKey = next ?? key ?? randomBytes(32);
  const fingerprint = createFingerprint(() => fingerprintKey);
  const rotation: RotationOptions = {
    state,
    vault,
    fingerprint: secretFingerprint(fingerprint),
    keyFile: {
      writeNext: async () => {
        fingerprintKey = await writeNextKey(keyFile, randomBytes);
        return fingerprintKey;
      },
      adoptNext: () => adoptNextKey(keyFile),
    },
  };
  const locked = await lockedBecause(vault);
  if (locked !== undefined) log.error({ file: keyFile }, locked);
  if (next) await finishRotation(rotation).catch((err) => log.error({ err }, 'the key could not be replaced yet'));

  const dockerConfig = createDockerConfig({ dir: config.registries.dockerConfig, askHelper: createHelpers() });
  const registries = {
    rule: createRegistryRule({ allowPrivate: config.registries.allowPrivate }),
    accounts: registryAccounts({ state, vault, otherwise: dockerConfig.account }),
    onProblem: (image: string, reason: string) => log.warn({ image, reason }, 'an image could not be pulled'),
  };
  const engine = createEngine({ docker: `unix://${config.docker.socketPath}`, cluster: cluster.id, registries });
  const engines = createEngines({ [LOCAL_NODE]: engine });
  const archive = createKeptLogs({ dir: join(config.data, 'logs'), clock, engines, wire: (id) => machines.reach(id) });
  const traffic = createTrafficBook(() => performance.now());
  const link = createIngressLink({
    dir: config.data,
    cluster: cluster.id,
    term: cluster.term,
    settings: dataPlaneSettings(config),
    onTraffic: traffic.hear,
    log,
    clock,
  });
  const links = createLinks({ [LOCAL_NODE]: link });
  const wire = (id: string) => joined.wire(id);
  const machines = createJoinedMachines({ engines, links, wire, traffic, cluster, registries, log, clock });
  const launcher = createIngressLauncher({
    dir: config.data,
    http: () => config.http,
    https: () => config.https,
    command: [process.execPath, ...process.execArgv, entry],
    names: () => controllers.gateway(),
    args: (fds) => ingressArguments(config, fds),
    link,
    log,
    clock,
  });
  const controllers = createControllers({
    state,
    registries: engine,
    engines,
    mayPlace: (node) => node === LOCAL_NODE || joined.sight(node).status?.checked === true,
    hearing: { since: performance.now(), lastHeard: (node) => joined.lastHeard(node) },
    ...machineEdge,
    giveEdge: machines.giveEdge,
    links,
    doors: machines.doors,
    archive,
    cluster,
    clock,
    log,
    openSecret: vault.open,
    newId: () => newId(8),
    ownPorts: () => api.ownPorts(),
    apiRoute: () => apiRoute(config, api.ownPorts()),
  });
  const joined = createJoinedNodes({
    state,
    vault,
    commit: createCommit(state, cluster.term),
    cluster,
    clock: wall,
    listen: config.nodes.listen,
    createPort: createNodePort,
    engineOf: machines.engine,
    ownMachine: engine.machine,
    onNodes: machines.follow,
    version: VERSION,
    log,
  });
  const certificates = certificatesOf({ settings: config.acme, state, cluster, vault, links, wall, log });
  const relays = relaysOf({ state, cluster, links, vault, joined, wall, clock, log });
  const identity = createIdentity({
    state,
    clock: wall,
    signed: signedTokens(config.auth.issuers, { clock, wall, log }),
  });
  const audit = createAudit({ dir: config.data, log });
  const api = createApi({
    state,
    engine,
    engines,
    world: controllers.world,
    joined,
    nodeHost: config.nodes.listen === 'off' ? '::' : config.nodes.listen.host,
    runs: controllers.runs,
    identity,
    archive,
    clock,
    wall,
    log,
    audit,
    version: VERSION,
    remarks: (mayKnow) => [
      ...dataPlaneRemarks(
        link,
        launcher,
        [controllers.withheld(mayKnow), controllers.edgeProblem(), controllers.networkProblem()],
        config.https !== 'off',
      ),
      ...told(audit.trouble()),
      ...told(joined.problem()),
      ...controllers.alarms(),
      ...told(locked),
    ],
    httpPort: () => plainPort(link),
    ingressPorts: () => ingressPorts(link, config.http, config.https),
    quota: config.quotas,
    fingerprint,
    rotation,
    apiDomain: config.apiDomain,
    vault,
    acme: { ...publicCa(config.acme), isServed: () => link.https() !== undefined },
    dockerRegistries: dockerConfig.registries,
    traffic,
    config: config.cors,
  });

  await Promise.race([controllers.prepare().catch(() => {}), sleep(PREPARED_WITHIN, undefined, { ref: false })]);
  const bound = await api.listen(config.api); // First: a server that cannot leaves no data plane behind.
  await api.listenLocally(socket);
  const ending = new AbortController();
  link.start();
  const loops = Promise.all(
    [controllers, joined, relays, certificates].map((one) => one.run(ending.signal)).concat(api.work(ending.signal)),
  );
  await launcher.start();
  tellStart({ ...config, api: bound }, cluster, log);
  for (const warning of await ownPortWarnings(state, api.ownPorts())) log.warn(warning);

  return {
    stop: async () => {
      await api.close();
      ending.abort();
      launcher.stop();
      await loops;
      link.close();
      machines.close();
      await store.close();
      audit.close();
      log.info('the server has stopped; containers and data plane run on');
    },
  };
}

async function tellAdminToken(state: State, { data }: ServerConfig, log: Log): Promise<void> {
  const file = join(data, 'admin.token');
  const { isNew } = await ensureAdminToken({ state, file, now: Date.now(), random: randomBytes });
  if (isNew) log.info({ file }, 'an admin token was made: it is in this file, and nowhere else');
}

function tellStart({ api, http, data }: ServerConfig, { id, term }: Cluster, log: Log): void {
  log.info({ version: VERSION, api, http, data, cluster: id, term }, 'the server is up');
}

/** The data plane is told where containers ask for names: an engine that hangs does not keep it from being started. */
const PREPARED_WITHIN = 3_000;

/** Why nothing that is encrypted can be read; what runs is left alone. */
const lockedBecause = (vault: Vault): Promise<string | undefined> =>
  vault.sealing(async () => undefined).catch((error: Error) => `secrets cannot be read: ${error.message}`);

const told = (sentence: string | undefined): readonly string[] => (sentence === undefined ? [] : [sentence]);

/** Where the ingress passes deliveries on to, once the API listens. */
function apiRoute({ api, apiDomain }: ServerConfig, ownPorts: readonly OwnPort[]): ApiRoute | undefined {
  const port = ownPorts.find(({ listener }) => listener === 'API')?.port;
  if (apiDomain === undefined || port === undefined) return undefined;
  const address = api.host === 'localhost' ? '127.0.0.1' : api.host;
  return { host: apiDomain, path: DELIVERY_PATH, address, port };
}
