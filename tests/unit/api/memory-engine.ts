import type { PathStat } from '../../../src/core/copy/path-stat.ts';
import { notFound, OrcaError } from '../../../src/core/errors.ts';
import type { MachineSample, TaskSample } from '../../../src/core/load/sample.ts';
import type { ContainerView } from '../../../src/core/model/container.ts';
import type { Engine, LogLine, PullForecast, Resolution } from '../../../src/engine/engine.ts';
import type { ExecCommand } from '../../../src/engine/exec.ts';
import type { AttachedProcess } from '../../../src/engine/process.ts';
import { type MemoryVolumes, memoryVolumes } from '../engine/memory-volumes.ts';

/** An engine without containers' work: it resolves images, and plays back the logs it is given. */
export interface MemoryEngine extends Engine, MemoryVolumes {
  /** By reference; unknown ones resolve to a digest made of the reference. */
  readonly resolutions: Map<string, Resolution>;
  /** What a pull would bring, by reference; nothing is known of others. */
  readonly foreseen: Map<string, PullForecast>;
  readonly logged: Map<string, LogLine[]>;
  /** Images that were removed, and why no registry has them. */
  readonly gone: Map<string, string | undefined>;
  /** What a command in a container becomes. */
  command: ((name: string, command: ExecCommand) => Promise<AttachedProcess>) | undefined;
  /** What is in containers, by path, and how archives go in and out. */
  readonly paths: Map<string, PathStat>;
  reads: Engine['readArchive'] | undefined;
  writes: Engine['writeArchive'] | undefined;
  /** What a container uses. */
  load: (name: string, signal?: AbortSignal) => Promise<TaskSample | undefined>;
  machineLoad: MachineSample | undefined;
  /** Every call is refused while it is set. */
  down: string | undefined;
  resolved: number;
  write(task: string, line: LogLine): void;
}

export const imageOf = (ref: string) => ({ ref, digest: `sha256:${ref}`, pinned: `${ref}@sha256:${ref}` });

export function createMemoryEngine(): MemoryEngine {
  const waiting = new Set<() => void>();
  const refuseIfDown = () => {
    if (engine.down !== undefined) throw new OrcaError('unavailable', engine.down);
  };
  const later = async () => refuseIfDown();

  async function* logs(...[name, { tail, since = 0, follow, signal }]: Parameters<Engine['logs']>) {
    refuseIfDown();
    const lines = engine.logged.get(name);
    if (!lines) throw notFound('container', name);
    const past = lines.filter(({ at }) => at >= since);
    yield* tail === undefined ? past : past.slice(Math.max(0, past.length - tail));
    for (let read = lines.length; follow && !signal?.aborted; ) {
      const next = lines[read];
      if (next) {
        read += 1;
        yield next;
      } else
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
          signal?.addEventListener('abort', () => resolve(), { once: true });
        });
    }
  }

  const engine: MemoryEngine = {
    resolutions: new Map(),
    foreseen: new Map(),
    logged: new Map(),
    gone: new Map(),
    command: undefined,
    down: undefined,
    resolved: 0,
    write(task, line) {
      engine.logged.set(task, engine.logged.get(task) ?? []);
      engine.logged.get(task)?.push(line);
      for (const resume of waiting) resume();
      waiting.clear();
    },
    async info() {
      refuseIfDown();
      return { id: 'e', version: '20.10.24', apiVersion: '1.41', cpus: 2, memory: 4e9, rootless: false };
    },
    began: async () => undefined,
    reach: async () => {},
    list: async () => [],
    async inspect(name) {
      refuseIfDown();
      return engine.logged.has(name) ? ({ name } as ContainerView) : undefined;
    },
    watch() {},
    async resolve(ref) {
      refuseIfDown();
      engine.resolved += 1;
      return engine.resolutions.get(ref) ?? { image: imageOf(ref), needsPull: false };
    },
    checkLogin: later,
    foreseePull: async ({ ref }) => engine.foreseen.get(ref) ?? {},
    pull: later,
    hasImage: async ({ pinned }) => !engine.gone.has(pinned),
    removeImage: async () => 'gone',
    missing: async ({ pinned }) => engine.gone.get(pinned),
    ensureEdge: async () => ({ subnet: '10.208.0.0/24', gateway: '10.208.0.1' }),
    ensureNetwork: async () => '10.208.16.0/22',
    tryContainer: later,
    connect: later,
    disconnect: later,
    removeNetwork: later,
    create: async () => 'c',
    start: later,
    stop: later,
    remove: later,
    removeDead: async () => 'removed',
    usage: async () => {
      refuseIfDown();
      return { images: [], containers: [] };
    },
    paths: new Map(),
    reads: undefined,
    writes: undefined,
    statPath: async (_, path) => {
      refuseIfDown();
      return engine.paths.get(path);
    },
    readArchive: (name, path) => engine.reads?.(name, path) ?? Promise.reject(notFound('path', path)),
    writeArchive: (...given) => engine.writes?.(...given) ?? Promise.reject(notFound('path', given[1])),
    load: async () => undefined,
    machineLoad: undefined,
    stats: async (name, signal) => {
      refuseIfDown();
      return engine.load(name, signal);
    },
    machine: async () => {
      refuseIfDown();
      return engine.machineLoad;
    },
    disk: async () => {
      refuseIfDown();
      return undefined;
    },
    exec: (name, command) => engine.command?.(name, command) ?? Promise.reject(notFound('container', name)),
    attach: async (name) => Promise.reject(notFound('container', name)),
    execToEnd: async (name) => Promise.reject(notFound('container', name)),
    logs,
    ...memoryVolumes(),
  };
  return engine;
}
