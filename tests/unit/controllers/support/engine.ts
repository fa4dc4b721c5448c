import { engineTime } from '../../../../src/core/clock.ts';
import type { ContainerView, UnreadContainer } from '../../../../src/core/model/container.ts';
import type { ContainerCreate, Engine } from '../../../../src/engine/engine.ts';
import { memoryVolumes } from '../../engine/memory-volumes.ts';

export interface ScriptedEngine {
  readonly engine: Engine;
  readonly boxes: Map<string, ContainerView>;
  /** Containers that the list is not told of, and why. */
  readonly unreadable: Map<string, string>;
  /** Tells whoever watches of an event. */
  tell(name: string, exitCode?: number): void;
  /** Tells whoever watches that events may have been missed. */
  reset(): void;
  /** What was asked of it, in order: `create web-1-a`. */
  readonly calls: string[];
}

type Call = 'reach' | 'create' | 'connect' | 'disconnect' | 'start' | 'stop' | 'remove' | 'inspect' | 'list';

/**
 * An engine in memory for what a real one cannot be made to do on cue. A rule is asked before each call has its effect,
 * and may throw or wait.
 */
export function scriptedEngine(rule: (call: Call, name: string) => Promise<void> | void = () => {}): ScriptedEngine {
  const boxes = new Map<string, ContainerView>();
  let tell: ScriptedEngine['tell'] = () => {};
  let reset = () => {};
  const unreadable = new Map<string, string>();
  const calls: string[] = [];
  const called = async (call: Call, name = ''): Promise<void> => {
    calls.push(`${call} ${name}`.trim());
    await rule(call, name);
  };
  const change = (name: string, wish: Partial<ContainerView>) => {
    const box = boxes.get(name);
    if (box) boxes.set(name, { ...box, ...wish });
  };
  const notScripted = () => Promise.reject(new Error('not scripted'));
  const engine: Engine = {
    list: async () => {
      const views = [...boxes.values()].map((view) => listed(view, unreadable.get(view.name)));
      await called('list');
      return views;
    },
    inspect: async (name) => {
      const view = boxes.get(name);
      await called('inspect', name);
      return view;
    },
    create: async (container) => {
      await called('create', container.name);
      boxes.set(container.name, made(container));
      return `c-${container.name}`;
    },
    start: async (name) => {
      await called('start', name);
      change(name, { state: 'running', startedAt: engineTime(1) });
    },
    stop: async (name) => {
      await called('stop', name);
      change(name, { state: 'exited', exitCode: 0, finishedAt: engineTime(2) });
    },
    remove: async (name) => {
      await called('remove', name);
      boxes.delete(name);
    },
    began: async () => undefined,
    reach: () => called('reach'),
    info: notScripted,
    tryContainer: notScripted,
    watch: (handlers) => {
      tell = handlers.onEvent;
      reset = handlers.onReset;
    },
    resolve: notScripted,
    checkLogin: notScripted,
    foreseePull: notScripted,
    removeDead: notScripted,
    usage: notScripted,
    stats: notScripted,
    statPath: notScripted,
    readArchive: notScripted,
    writeArchive: notScripted,
    machine: notScripted,
    disk: notScripted,
    pull: notScripted,
    hasImage: notScripted,
    missing: notScripted,
    removeImage: notScripted,
    ensureEdge: notScripted,
    exec: notScripted,
    attach: notScripted,
    execToEnd: notScripted,
    ...memoryVolumes(),
    ensureNetwork: async (network, _, subnet) => {
      calls.push(`network ${network}`);
      return subnet ?? '10.208.16.0/22';
    },
    connect: async (name, { network, address }) => {
      await called('connect', name);
      change(name, { networks: { ...boxes.get(name)?.networks, [network]: address } });
    },
    disconnect: async (name, network) => {
      await called('disconnect', name);
      const { [network]: _, ...left } = boxes.get(name)?.networks ?? {};
      change(name, { networks: Object.keys(left).length > 0 ? left : undefined });
    },
    removeNetwork: async (network) => void calls.push(`remove network ${network}`),
    // biome-ignore lint/correctness/useYield: a log without lines
    logs: async function* () {
      return;
    },
  };
  return { engine, boxes, unreadable, calls, tell: (name, exitCode) => tell(name, exitCode), reset: () => reset() };
}

const listed = (view: ContainerView, unread: string | undefined): ContainerView | UnreadContainer => {
  const { id, name, labels, state } = view;
  return unread === undefined ? view : { id, name, labels, state, unread };
};

const made = ({ name, labels, address, further = [] }: ContainerCreate): ContainerView => ({
  id: `c-${name}`,
  name,
  labels,
  state: 'created',
  oomKilled: false,
  restarts: 0,
  address,
  ...(further.length > 0 && { networks: Object.fromEntries(further.map((place) => [place.network, place.address])) }),
});
