import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentConfig } from './config/agent.ts';
import { dataPlaneSettings, ingressArguments } from './config/data-plane.ts';
import { createCarryRules } from './controllers/carry-rules.ts';
import type { EdgeReply, GivenEdge } from './core/nodes/wire.ts';
import { createEdgeGuard } from './edge-guard.ts';
import type { NodeDocker } from './engine/node-docker.ts';
import type { GivenEdgeFile } from './node/edge/given-edge.ts';
import { machineEdge } from './node/edge/machine-edge.ts';
import { createIngressLauncher } from './node/ingress/launcher.ts';
import { createPlaneKeeper } from './plane-keeper.ts';
import { createSteadyClock } from './steady-clock.ts';
import type { Log } from './telemetry/log.ts';

/** The data plane and the edge network of a node, by what a master told last: on their own, whether one is connected or not. */
export interface NodePlane {
  /** Takes up what was told in an earlier life, if anything was. */
  begin(): Promise<void>;
  /** Told anew. Resolves once it is kept, and was tried. */
  give(edge: GivenEdge): Promise<EdgeReply>;
  /** What is not as it should be, a sentence each; undefined before anything was told. */
  problems(): readonly string[] | undefined;
  /** Where the data plane takes requests of other nodes' ones, for connections from this machine. */
  relay(): { readonly host: string; readonly port: number } | undefined;
  /** Looks after them no more: the data plane runs on, the network stays locked. */
  stop(): Promise<void>;
}

export interface NodePlaneOptions {
  readonly config: AgentConfig;
  readonly cluster: string;
  /** The main file of this program. */
  readonly entry: string;
  readonly file: GivenEdgeFile;
  readonly docker: Pick<NodeDocker, 'edgeContainers' | 'watch'>;
  readonly log: Log;
}

/** A master that tells of the edge waits no longer for what comes of it, ms. */
const TRIED_WITHIN = 5_000;
/** What is in flight has this long when the data plane is replaced, as the node becomes an ingress or is none any more, ms. */
const REPLACE_GRACE = 5_000;

export function createNodePlane({ config, cluster, entry, file, docker, log }: NodePlaneOptions): NodePlane {
  const clock = createSteadyClock();
  const ending = new AbortController();
  let running: Promise<unknown> | undefined;

  const edge = (): GivenEdge | undefined => file.last();
  const http = () => (edge()?.ingress ? config.http : 'off');
  const https = () => (edge()?.ingress ? config.https : 'off');
  const keeper = createPlaneKeeper({ dir: config.data, cluster, log });
  const guard = createEdgeGuard({
    docker,
    edge,
    lock: machineEdge.lockEdge,
    clock,
    steady: () => performance.now(),
    log,
  });
  const carry = createCarryRules({
    bridge: () => edge()?.bridge,
    isWanted: async () => true,
    keep: machineEdge.keepCarry,
    clock,
    log,
  });
  const launcher = createIngressLauncher({
    dir: config.data,
    http,
    https,
    command: [process.execPath, ...process.execArgv, entry],
    names: () => gatewayIfThere(edge()),
    args: (fds) => ingressArguments({ ...config, http: http(), https: https() }, fds),
    link: keeper,
    log,
    clock,
  });

  const start = async (): Promise<void> => {
    carry.notice();
    if (running) return guard.notice();
    running = Promise.all([guard.run(ending.signal), carry.run(ending.signal)]);
    keeper.start();
    await launcher.start();
  };

  /** Where it listens is settled at its start. */
  const replaceIfSwitched = (): void => {
    const now = keeper.settings()?.['http'];
    if (now !== undefined && (now === 'off') !== (http() === 'off')) keeper.stopDataPlane(REPLACE_GRACE);
  };

  const isTried = (): boolean => guard.settled() && launcher.status().state !== 'starting';

  const problems = (): readonly string[] => {
    const stale = keeper.stale(dataPlaneSettings({ ...config, http: http(), https: https() }));
    const [carried, lacks, { reason }, unnamed, open, noHttps] = [
      carry.problem(),
      keeper.lacks(),
      launcher.status(),
      launcher.namesProblem(),
      guard.problem(),
      launcher.httpsProblem(),
    ];
    return [
      ...(reason === undefined ? [] : [`there is no data plane: ${reason}`]),
      ...(edge()?.ingress && config.http === 'off'
        ? ['this node is to be an ingress, but `http` is off in its own settings']
        : []),
      ...(noHttps === undefined ? [] : [`HTTPS is not served: ${noHttps}; ${AGAIN}`]),
      ...(open === undefined ? [] : [`a container that keeps NET_RAW could receive requests of others: ${open}`]),
      ...(carried === undefined ? [] : [carried]),
      ...(unnamed === undefined ? [] : [`containers ask Docker's name servers, not orca's: ${unnamed}; ${AGAIN}`]),
      ...(stale === undefined
        ? []
        : [`the data plane goes on with the settings it was started with: ${stale}; ${AGAIN}`]),
      ...(lacks === undefined ? [] : [`the data plane runs without ${lacks}; see docs/dataplane.md, under Privileges`]),
    ].map((sentence) => sentence.slice(0, LONGEST));
  };

  return {
    begin: async () => {
      if (edge()) await start();
    },
    async give(given) {
      await file.keep(given);
      replaceIfSwitched();
      await start();
      const until = performance.now() + TRIED_WITHIN;
      while (!isTried() && performance.now() < until) await sleep(20);
      return { problems: problems() };
    },
    problems: () => (edge() ? problems() : undefined),
    relay() {
      const port = keeper.relayPort();
      return config.relay === 'off' || port === undefined
        ? undefined
        : { host: onThisMachine(config.relay.host), port };
    },
    async stop() {
      ending.abort();
      launcher.stop();
      keeper.close();
      await running;
    },
  };
}

const AGAIN = 'then stop both on that machine with `orca agent --stop --all`, and start the agent';
/** Of a sentence, characters. */
const LONGEST = 1_000;

/** One that listens on all addresses is reached on this. */
const onThisMachine = (host: string): string => (['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host);

/** Undefined until Docker has made the network's interface, after a reboot. By /proc, which shows the network that this process is in. */
const gatewayIfThere = (edge: GivenEdge | undefined): string | undefined =>
  edge && existsSync(`/proc/sys/net/ipv4/conf/${edge.bridge}`) ? edge.gateway : undefined;
