import { lookup } from 'node:dns/promises';
import { join } from 'node:path';
import { createMachineStatus } from './agent/machine-status.ts';
import { openCredentials } from './agent/membership/credentials.ts';
import { nodeFiles } from './agent/membership/files.ts';
import { readMembership } from './agent/membership/membership.ts';
import { openPastCheck } from './agent/membership/past-check.ts';
import { openTerms } from './agent/membership/terms.ts';
import { ownAddressTowards } from './agent/own-address.ts';
import type { AgentState } from './agent/state.ts';
import { openStateSocket } from './agent/state-socket.ts';
import type { AgentConfig } from './config/agent.ts';
import { OrcaError } from './core/errors.ts';
import type { NodeStatus } from './core/nodes/wire.ts';
import { CONTROL_SOCKET } from './core/route/protocol.ts';
import { machineSubnets } from './engine/machine-subnets.ts';
import { createNodeDocker } from './engine/node-docker.ts';
import { openGivenEdge } from './node/edge/given-edge.ts';
import { createLogArchive } from './node/log-archive.ts';
import { createNodePlane } from './node-plane.ts';
import { createLogger } from './telemetry/log.ts';
import { createDialer } from './tunnel/dialer.ts';
import { VERSION } from './version.ts';

export interface RunningAgent {
  /** Hangs up. The containers run on. */
  stop(): Promise<void>;
}

/** Copies of logs that are too old are looked for so often, ms. */
const PRUNE_EVERY = 3_600_000;

/**
 * The parts of a node's agent, wired: it dials the master, and serves it this machine's Docker, its data plane, its status, the copies
 * of its logs and its certificate's renewal. It decides nothing; what it was told of its edge network it keeps up by itself.
 *
 * @param entry the main file of this program: how a data plane is started
 * @throws OrcaError `unavailable` on a machine that has not joined, `conflict` where another agent runs on the data folder
 */
export async function runAgent(config: AgentConfig, { entry }: { entry: string }): Promise<RunningAgent> {
  const log = createLogger({ level: config.log.level });
  const files = nodeFiles(config.data);
  const membership = await readMembership(files);
  if (!membership) throw notJoined(config.data);
  const credentials = await openCredentials(files);
  const terms = await openTerms(files);
  const past = await openPastCheck(files);
  const machine = createMachineStatus(config.docker.socketPath);
  const { name, cluster, master } = membership;
  const docker = createNodeDocker(config.docker.socketPath, cluster);
  const archive = createLogArchive({ dir: files.logs, clock: { now: () => Date.now() } });
  const edge = await openGivenEdge(files.edge, (why) => log.warn({ why }, 'what was told of the edge network is lost'));
  const plane = createNodePlane({ config, cluster, entry, file: edge, docker, log });
  const present = (): AgentState => ({
    version: VERSION,
    pid: process.pid,
    id: credentials.id,
    name,
    cluster,
    master: `${master.host}:${master.port}`,
    up: false,
    check: past.last(),
  });
  let state = present();
  const socket = await openStateSocket(files.socket, state);
  const tell = (changes: Partial<AgentState>): void => {
    state = { ...state, ...changes };
    socket.tell(state);
  };

  const dialer = createDialer({
    master: () => master,
    tls: credentials.shown,
    cluster,
    targets: { docker: config.docker.socketPath, ingress: join(config.data, CONTROL_SOCKET), relay: plane.relay },
    answer: {
      hello: () => ({ id: credentials.id, version: VERSION }),
      status: async () => ({
        now: Date.now(),
        version: VERSION,
        address: await ownAddress(master.host, master.port),
        checked: past.last()?.problem === undefined && past.last() !== undefined,
        ...(await machine()),
        ...edgeProblems(plane.problems()),
      }),
      checked: async (check) => {
        await past.keep(check);
        if (check.problem === undefined) log.info('the master has run and answered a container here');
        else log.warn({ problem: check.problem }, 'the master could not run a container here');
        tell({ check });
      },
      certificateRequest: credentials.request,
      certificate: async (given) => {
        await credentials.adopt(given);
        log.info({ until: new Date(credentials.until()).toISOString() }, 'the certificate was renewed');
      },
      edge: plane.give,
      subnets: async () => ({ subnets: await machineSubnets() }),
      signal: ({ container, pid, signal }) => docker.signal({ container, pid }, signal),
      keepLog: ({ task, tail }) => archive.keep(task, docker.log(task, tail)),
      readLog: ({ task, ...query }) => archive.read(task, query),
      listLogs: archive.list,
      removeLog: archive.remove,
    },
    terms,
    onChange: ({ up, problem }) => tell({ up, problem }),
    log,
  });
  const prune = () => void archive.prune().catch((err) => log.warn({ err }, 'old copies of logs could not be removed'));
  const pruning = setInterval(prune, PRUNE_EVERY);
  prune();
  await plane.begin();
  log.info({ version: VERSION, node: name, id: credentials.id, cluster, master: state.master }, 'the agent is up');

  return {
    stop: async () => {
      clearInterval(pruning);
      await dialer.close();
      await plane.stop();
      socket.close();
      log.info('the agent has stopped; containers and data plane run on');
    },
  };
}

const notJoined = (data: string): OrcaError =>
  new OrcaError('unavailable', `this machine has not joined a cluster: there is no membership in ${data}/node`, {
    hint: 'run `orca node token` on the master, and `orca join` here with the line that it prints',
  });

const edgeProblems = (problems: readonly string[] | undefined): Pick<NodeStatus, 'edgeProblems'> =>
  problems === undefined ? {} : { edgeProblems: problems };

/** Nobody relies on it: an empty one where it is not known. */
async function ownAddress(host: string, port: number): Promise<string> {
  const found = await lookup(host).catch(() => undefined);
  return (found && (await ownAddressTowards(found.address, port))) ?? '';
}
