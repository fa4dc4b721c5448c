import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nodeFiles } from '../../src/agent/membership/files.ts';
import type { AgentState } from '../../src/agent/state.ts';
import { readState } from '../../src/agent/state-socket.ts';
import { type LabCluster, type Ran, startCluster } from './cluster.ts';
import { signal } from './command.ts';
import { type LabEngine, startEngine } from './engine.ts';
import { createLan, type Lan, type Plug } from './lan.ts';
import { until } from './until.ts';

/** Several machines on one network, each with an engine of its own: a master, and those that may join it. */
export interface LabNodes {
  readonly master: LabCluster;
  /** Of the master's machine on the network. */
  readonly plug: Plug;
  /** By their order. */
  readonly machines: readonly LabMachine[];
  /** One line to join with. */
  token(...options: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** A machine that may join, driven by the real CLI. */
export interface LabMachine {
  readonly name: string;
  readonly engine: LabEngine;
  readonly plug: Plug;
  /** The data folder. */
  readonly dir: string;
  /** `orca join`, with the line on its standard input. */
  join(line: string, ...options: readonly string[]): Promise<Ran>;
  /** The same, left running. */
  startJoin(line: string, ...options: readonly string[]): ChildProcess;
  /** `orca agent --stop`. */
  stopAgent(...options: readonly string[]): Promise<Ran>;
  /** SIGKILL. */
  killAgent(): Promise<void>;
  /** `orca agent`, with more variables than this process has, and waits until it answers this machine. */
  startAgent(more?: Readonly<Record<string, string>>): Promise<void>;
  /** What the agent says; undefined while there is none. */
  state(): Promise<AgentState | undefined>;
  /** What agents have logged, of all their lives. */
  log(): string;
  /** Ids of the containers that run there, sorted. */
  containers(): Promise<string>;
}

const ORCA = join(resolve(import.meta.dirname, '../..'), 'cli/orca');

export interface NodesWish {
  /** How many machines beside the master's. */
  readonly machines: number;
  /** Made on the master's engine, and copied to every other: an image that no registry has is known by its id. */
  readonly images?: readonly string[] | undefined;
}

/** Starts all engines and the master's server. */
export async function startNodes({ machines: count, images = [] }: NodesWish): Promise<LabNodes> {
  const parts: { stop(): Promise<void> }[] = [];
  const machines: LabMachine[] = [];
  // Connections end while both ends are there: one whose other end is gone keeps its network for minutes, without a process.
  const stop = async () => {
    for (const machine of machines.splice(0)) await machine.stopAgent('--all');
    for (const part of parts.splice(0).reverse()) await part.stop();
  };
  try {
    const lan = await createLan();
    parts.push({ stop: lan.close });
    const own = await machineOn(lan, parts);
    for (const image of images) await own.engine.ensureImage(image);
    const copy = join(own.engine.dir, 'images.tar');
    if (images.length > 0) await own.engine.docker(['save', '--output', copy, ...images]);
    const config = (dir: string): string => {
      const file = join(dir, '../server.yml');
      writeFileSync(file, 'nodes:\n  listen: "0.0.0.0:6881"\n');
      return file;
    };
    for (let i = 1; i <= count; i += 1) {
      const machine = await machineOn(lan, parts);
      if (images.length > 0) await machine.engine.docker(['load', '--input', copy]);
      machines.push(labMachine(`m${i}`, machine));
    }
    const master = await startCluster(own.engine, { config });
    parts.push(master);
    await master.startServer();
    const token = async (...options: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await master.orca('node', 'token', '--address', own.plug.address, ...options);
      const [line] = /orca-join:\S+/.exec(stdout) ?? [];
      if (code === 0 && line !== undefined) return line.replace(/['"]$/, '');
      throw new Error(`orca node token ended with ${code}: ${stdout}${stderr}`);
    };
    return { master, plug: own.plug, machines, token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Machine {
  readonly engine: LabEngine;
  readonly plug: Plug;
}

async function machineOn(lan: Lan, parts: { stop(): Promise<void> }[]): Promise<Machine> {
  const engine = await startEngine();
  parts.push(engine);
  const plug = await lan.plug(engine.namespace);
  return { engine, plug };
}

function labMachine(name: string, { engine, plug }: Machine): LabMachine {
  const dir = join(engine.dir, 'node');
  mkdirSync(dir);
  const files = nodeFiles(dir);
  const env = { ...process.env, ORCA_API: '', HOME: engine.dir };
  const start = (argv: readonly string[], more = {}) =>
    engine.spawn([ORCA, ...argv], { stdio: 'pipe', env: { ...env, ...more } });
  const place = ['--data', dir, '--docker', engine.url];
  const startJoin = (line: string, ...options: readonly string[]): ChildProcess => {
    const named = options.includes('--name') ? [] : ['--name', name];
    const child = start(['join', ...place, ...named, ...options]);
    child.stdin?.on('error', () => undefined); // it may end before it has read all
    child.stdin?.end(`${line}\n`);
    return child;
  };
  const state = () => readState(files.socket, AbortSignal.timeout(5_000));
  return {
    name,
    engine,
    plug,
    dir,
    join: (line, ...options) => finish(startJoin(line, ...options)),
    startJoin,
    stopAgent: (...options) => finish(start(['agent', '--stop', '--data', dir, ...options])),
    killAgent: async () => {
      const pid = (await state())?.pid;
      if (pid === undefined) throw new Error(`no agent runs on ${name}`);
      signal(pid, 'SIGKILL');
      await until('the agent to be gone', async () => (await state()) === undefined);
    },
    startAgent: async (more) => {
      const agent = start(['agent', ...place], more);
      let said = '';
      agent.stdout?.on('data', (text) => {
        said += text;
      });
      agent.stderr?.on('data', (text) => {
        said += text;
      });
      await until('the agent to answer', async () => {
        if (agent.exitCode !== null) throw new Error(`the agent ended: ${said}`);
        return state();
      });
    },
    state,
    log: () => (existsSync(files.log) ? readFileSync(files.log, 'utf8') : ''),
    containers: async () => (await engine.docker(['ps', '--quiet', '--no-trunc'])).split('\n').sort().join('\n').trim(),
  };
}

async function finish(child: ChildProcess): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
