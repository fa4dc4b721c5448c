import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createIngressLink, type IngressLink } from '../../src/controllers/ingress/link.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createJoinedEngine } from '../../src/joined-engine.ts';
import { findProcesses } from '../../src/processes.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { signal } from './command.ts';
import { type LabEngine, startEngine } from './engine.ts';
import { type NodeMaster, startNodeMaster } from './node-master.ts';
import { until } from './until.ts';
import { CLUSTER } from './wire.ts';

/** The real agent beside a real engine; of the master there is its end of the wire alone, in this process. */
export interface RealAgent {
  readonly lab: LabEngine;
  readonly master: NodeMaster;
  /** The data folder. */
  readonly dir: string;
  /** `orca agent`; what it says is kept. */
  start(): void;
  /** SIGKILL, and waits until the master knows. */
  kill(): Promise<void>;
  /** SIGSTOP, SIGCONT. */
  send(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** `orca agent --stop`; its exit code. */
  stop(...options: readonly string[]): Promise<number | null>;
  said(): string;
  /** Its Docker, over the wire that is open now. */
  engine(): Promise<Engine>;
  /** The way to its data plane, over the wire that is open now. */
  link(term?: number): Promise<IngressLink>;
  /** Of the supervisor of its data plane; undefined while there is none. */
  planePid(): number | undefined;
  close(): Promise<void>;
}

const ORCA = join(resolve(import.meta.dirname, '../..'), 'cli/orca');

/** @param settings of `agent.yml` */
export async function startRealAgent(settings: string): Promise<RealAgent> {
  const lab = await startEngine();
  const dir = join(lab.dir, 'node');
  mkdirSync(dir, { mode: 0o711 });
  const file = join(lab.dir, 'agent.yml');
  writeFileSync(file, settings);
  const master = await startNodeMaster(lab.namespace.outside);
  await master.admit(dir, 'm1');
  const links: IngressLink[] = [];
  let said = '';

  const start = (): void => {
    const words = ['agent', '--data', dir, '--docker', lab.url, '--config', file];
    const agent = lab.spawn([ORCA, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [agent.stdout, agent.stderr]) {
      stream?.on('data', (text) => {
        said += text;
      });
    }
  };
  const pid = (): number => {
    const [running] = findProcesses('agent', dir);
    if (running) return running.pid;
    throw new Error(`no agent runs: ${said}`);
  };
  const stop = async (...options: readonly string[]): Promise<number | null> => {
    const ending = lab.spawn([ORCA, 'agent', '--stop', '--data', dir, ...options], { stdio: 'ignore' });
    const [code] = (await once(ending, 'close')) as [number | null];
    return code;
  };
  start();
  return {
    lab,
    master,
    dir,
    start,
    kill: async () => {
      signal(pid(), 'SIGKILL');
      await until('the agent to be gone', () => findProcesses('agent', dir).length === 0);
      await master.away();
    },
    send: (name) => signal(pid(), name),
    stop,
    said: () => said,
    engine: async () => {
      const wire = await master.wire();
      return createJoinedEngine({ wire: () => wire, name: () => 'm1', cluster: CLUSTER });
    },
    link: async (term = 1) => {
      const wire = await master.wire();
      const link = createIngressLink({
        dial: () => wire.connect('ingress', 'quick'),
        cluster: CLUSTER,
        term,
        log: createLogger({ level: 'silent' }),
        clock: { now: () => Date.now() },
      });
      links.push(link);
      link.start();
      return link;
    },
    planePid: () => {
      const running = findProcesses('ingress', dir);
      const pids = new Set(running.map((one) => one.pid));
      return running.find(({ parent }) => !pids.has(parent))?.pid;
    },
    close: async () => {
      for (const link of links) link.close();
      await stop('--all');
      await master.leave();
      await lab.stop();
    },
  };
}
