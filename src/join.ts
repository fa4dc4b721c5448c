import { hostname } from 'node:os';
import { awaitCheck } from './agent/join/await-check.ts';
import { becomeNode } from './agent/join/become-node.ts';
import { readJoinLine } from './agent/join/read-line.ts';
import { standingOf } from './agent/join/standing.ts';
import { type StartedAgent, startAgent } from './agent/join/start-agent.ts';
import { type NodeFiles, nodeFiles } from './agent/membership/files.ts';
import { hasFailed } from './agent/preflight/check.ts';
import { type Greeted, preflight } from './agent/preflight/preflight.ts';
import { showChecks } from './agent/preflight/show.ts';
import { readState } from './agent/state-socket.ts';
import { type RunningAgent, runAgent } from './agent.ts';
import { agentArguments, type JoinConfig } from './config/agent.ts';
import { OrcaError } from './core/errors.ts';
import type { JoinLine } from './core/nodes/join-line.ts';
import { prepareDataFolder } from './data-folder.ts';
import { findProcesses } from './processes.ts';
import { stopProcesses } from './stop.ts';
import { askToJoin, goToMaster } from './tunnel/ask-to-join.ts';
import { VERSION } from './version.ts';

interface Surroundings {
  /** Of this program: how an agent is started. */
  readonly entry: string;
  readonly stdin: NodeJS.ReadStream;
  readonly say: (text: string) => void;
}

/** For the agent to connect, and the master to run a container, ms. */
const CHECKED_WITHIN = 120_000;
const AGENT_ANSWERS_WITHIN = 5_000;

/**
 * Makes this machine a node: looks whether it can be one, joins, starts the agent, and waits until the master has run and answered a
 * container here. May be repeated at any time.
 *
 * @returns the agent, where it is to run in this process
 * @throws OrcaError whose message says how far it came
 */
export async function runJoin(config: JoinConfig, around: Surroundings): Promise<RunningAgent | undefined> {
  const { data, docker, name = ownName() } = config;
  const say = (line: string): void => around.say(`${line}\n`);
  const files = nodeFiles(data);
  const line = await readJoinLine({ file: config.file, stdin: around.stdin, ask: around.say });
  say(`what ${name} needs to be a node of the master at ${line.host}:${line.port}`);
  const root = process.geteuid?.() === 0;
  const checks = await preflight({ line, data, dockerSocket: docker.socketPath, root, greet });
  around.say(showChecks(checks));
  if (checks.some(hasFailed)) throw notReady(checks.filter(hasFailed).map((each) => each.name));
  if (config.checkOnly) return undefined;

  const agent = await readState(files.socket, AbortSignal.timeout(AGENT_ANSWERS_WITHIN));
  const standing = await standingOf(files, line, agent);
  if (standing.kind === 'connected') {
    say(`this machine is the node ${standing.membership.name} already; the line was not used`);
    await settled(files, undefined, say);
    return undefined;
  }
  prepareDataFolder(data);
  const before = standing.kind === 'apart' ? standing.membership : undefined;
  const { replace } = config;
  const membership = await becomeNode({ files, line, name, replace, version: VERSION, before, ask: askToJoin });
  say(`joined the cluster ${membership.cluster} as ${membership.name}`);
  await endFormer(data, before?.cluster !== membership.cluster);
  if (config.foreground) {
    const running = await runAgent(config, { entry: around.entry });
    await settled(files, undefined, say);
    return running;
  }
  const command = [process.execPath, ...process.execArgv, around.entry, ...agentArguments(config)] as const;
  await settled(files, startAgent(command, files.log), say);
  return undefined;
}

async function greet(line: JoinLine): Promise<Greeted> {
  const { greeting, took, leave } = await goToMaster(line);
  leave();
  return { greeting, took };
}

async function settled(files: NodeFiles, agent: StartedAgent | undefined, say: (line: string) => void): Promise<void> {
  const ended = agent ? agent.ended : () => undefined;
  const { name } = await awaitCheck({ socket: files.socket, log: files.log, limit: CHECKED_WITHIN, ended, say });
  say(`${name} is a node: the master has run a container here, and it answered`);
}

/** One that still shows what it had before; unless it was of this cluster, its data plane, too. */
async function endFormer(data: string, isOfAnother: boolean): Promise<void> {
  if (isOfAnother || findProcesses('agent', data).length > 0)
    await stopProcesses({ role: 'agent', data, all: isOfAnother, say: () => {} });
}

const notReady = (names: readonly string[]): OrcaError =>
  new OrcaError('unavailable', `this machine cannot join yet: ${names.join(', ')} failed; nothing was changed`, {
    hint: 'see above what to change, then run it again: the line was not used',
  });

/** The first part of the host name, as names of nodes are written. */
const ownName = (): string =>
  hostname()
    .split('.', 1)
    .join()
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63) || 'node';
