import { type EngineTime, engineTime } from '../../src/core/clock.ts';
import type { ContainerView } from '../../src/core/model/container.ts';
import type { ContainerCreate } from '../../src/engine/engine.ts';
import { answersAt, type Behaviour, type Box, readyAfter } from '../unit/core/rollout/box.ts';

export interface MachineOptions {
  readonly now: () => number;
  /** How the containers of an image behave. */
  readonly behaviourOf: (image: string) => Behaviour;
  /** By how much the engine's clock is ahead, ms: nobody knows. */
  readonly ahead: number;
}

/** How long Docker waits before it starts a container again that has ended by itself, ms. */
const RESTART_AFTER = 500;
const EXITS_AFTER = 200;
/** From the stop signal to the end, ms. */
const STOPS_WITHIN = 700;

/** The containers of one machine, and what becomes of them in time. Whoever ordered it may be gone long since. */
export interface Machine {
  readonly boxes: ReadonlyMap<string, Box>;
  /** Told after each change of a container, with its exit code if it ended. */
  onChange: (name: string, exitCode?: number) => void;
  create(wish: ContainerCreate): void;
  /** One that has run for long, and answers. */
  put(view: ContainerView): void;
  /** When its engine itself began, by its own clock, and how long ago. */
  began(): { readonly at: EngineTime; readonly ago: number };
  /** Its engine begins anew, and starts all containers that ran before, at once. */
  reboot(): void;
  start(name: string): void;
  /** Resolves when it has ended. */
  stop(name: string, grace: number): Promise<void>;
  remove(name: string): void;
  connect(name: string, network: string, address: string): void;
  /** It ends by itself, and is started again. */
  crash(name: string): void;
  /** Somebody ends it by hand. */
  kill(name: string): void;
  /** It has done what it was for. */
  finish(name: string): void;
  /** It runs, and answers nobody until it is started again. */
  hang(name: string): void;
  answers(name: string): boolean;
  /** Who answers at an address of the edge. */
  at(address: string): string | undefined;
}

export function createMachine({ now, behaviourOf, ahead }: MachineOptions): Machine {
  const boxes = new Map<string, Box>();
  const engineNow = (): EngineTime => engineTime(now() + ahead);

  let began = { at: now(), by: engineNow() };

  const change = (name: string, wish: Partial<ContainerView>, exitCode?: number) => {
    const box = boxes.get(name);
    if (box) box.view = { ...box.view, ...wish };
    if (box) machine.onChange(name, exitCode);
  };

  const run = (name: string, box: Box, restarts: number) => {
    box.startedAt = now();
    box.readyAt = now() + readyAfter(box.behaviour);
    box.hungSince = undefined;
    delete box.stopsAt;
    const { startedAt } = box;
    change(name, { state: 'running', startedAt: engineNow(), exitCode: undefined, finishedAt: undefined, restarts });
    const isSame = () => boxes.get(name) === box && box.startedAt === startedAt && box.view.state === 'running';
    if (box.behaviour === 'exits') setTimeout(() => isSame() && machine.crash(name), EXITS_AFTER);
    if (box.behaviour === 'completes') setTimeout(() => isSame() && end(name, 0), readyAfter('completes'));
  };

  const end = (name: string, exitCode: number) =>
    change(name, { state: 'exited', exitCode, finishedAt: engineNow() }, exitCode);

  const machine: Machine = {
    boxes,
    onChange: () => {},
    create({ name, labels, address, spec, further = [] }) {
      if (boxes.has(name)) return;
      const networks = Object.fromEntries(further.map((place) => [place.network, place.address]));
      const view: ContainerView = {
        id: `c-${name}`,
        name,
        labels,
        state: 'created',
        oomKilled: false,
        restarts: 0,
        address,
        ...(further.length > 0 && { networks }),
      };
      boxes.set(name, { view, behaviour: behaviourOf(spec.image), startedAt: 0, readyAt: Number.POSITIVE_INFINITY });
      machine.onChange(name);
    },
    began: () => ({ at: began.by, ago: now() - began.at }),
    reboot() {
      began = { at: now(), by: engineNow() };
      for (const [name, box] of boxes) if (box.view.state === 'exited' && box.stopsAt === undefined) run(name, box, 0);
    },
    put: (view) => void boxes.set(view.name, { view, behaviour: 'good', startedAt: 0, readyAt: 0 }),
    start(name) {
      const box = boxes.get(name);
      if (box && box.view.state !== 'running' && box.view.state !== 'restarting') run(name, box, 0);
    },
    async stop(name, grace) {
      const box = boxes.get(name);
      if (!box || !['running', 'restarting'].includes(box.view.state)) return;
      box.stopsAt ??= now() + Math.min(grace, STOPS_WITHIN);
      await new Promise((resolve) => setTimeout(resolve, (box.stopsAt ?? 0) - now()));
      if (boxes.get(name) === box && ['running', 'restarting'].includes(box.view.state)) end(name, 0);
    },
    remove(name) {
      if (boxes.delete(name)) machine.onChange(name);
    },
    connect(name, network, address) {
      change(name, { networks: { ...boxes.get(name)?.view.networks, [network]: address } });
    },
    crash(name) {
      const box = boxes.get(name);
      if (box?.view.state !== 'running' || box.stopsAt !== undefined) return;
      change(name, { state: 'restarting', exitCode: 1, finishedAt: engineNow() }, 1);
      setTimeout(() => {
        if (box.view.state === 'restarting' && box.stopsAt === undefined) run(name, box, box.view.restarts + 1);
      }, RESTART_AFTER);
    },
    kill(name) {
      if (boxes.get(name)?.view.state === 'running') end(name, 137);
    },
    finish: (name) => end(name, 0),
    hang(name) {
      const box = boxes.get(name);
      if (box && machine.answers(name)) box.hungSince = now();
    },
    answers(name) {
      const box = boxes.get(name);
      return box !== undefined && box.stopsAt === undefined && answersAt(box, now());
    },
    at: (address) =>
      [...boxes.values()].find(({ view }) => view.address === address && view.state === 'running')?.view.name,
  };
  return machine;
}
