import { setTimeout as sleep } from 'node:timers/promises';
import { type Member, membersOf } from '../core/edge/members.ts';
import { type BridgeView, planLock } from '../core/edge/plan-lock.ts';
import { OrcaError } from '../core/errors.ts';
import type { ContainerView } from '../core/model/container.ts';
import { LOCAL_NODE } from '../core/model/node.ts';
import type { Bridges } from '../engine/bridge/bridges.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import { createLoop } from './loop.ts';
import { holdAddress } from './services/held-addresses.ts';
import type { World } from './world.ts';

export interface EdgeLock {
  /** Tasks or containers may have changed. */
  notice(): void;
  run(signal: AbortSignal): Promise<void>;
  /** Why a container may be able to take the traffic of others; a sentence. */
  problem(): string | undefined;
}

export interface EdgeLockOptions {
  readonly state: State;
  readonly world: Pick<World, 'containers' | 'routing'>;
  readonly bridges: Bridges;
  /** The interface of the edge network on this machine; undefined while it is not known. */
  readonly bridge: () => string | undefined;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  readonly log: Log;
}

/** Somebody else may have changed the bridge. */
const CHECK_EVERY = 30_000;
/** Starts come in crowds, and each is told of several times. */
const GATHER = 20;
/** A pin is seen in the round after it was made; only then is its port closed. */
const ROUNDS = 3;
/** Passes that fail, one after the other, before it is told: a container may go while it is looked for. */
const FAILURES_UNTOLD = 5;
const LONGEST_REST = 500;

const WHY = {
  unfound: 'the port of a running container is not found on',
  again: 'what was set does not stay on',
};

/** Sees to it that each address of the edge leads to the task that it was given to, and to nobody who claims it. */
export function createEdgeLock({ state, world, bridges, bridge, clock, steady, log }: EdgeLockOptions): EdgeLock {
  let failures = 0;
  let problem: string | undefined;
  let lockedFor = '';
  let lockedAt = Number.NEGATIVE_INFINITY;
  /** By the last pass, ms: half of the time at most goes into processes that look. */
  let spent = 0;

  const round = async ({ name, members, containers }: Wanted): Promise<'done' | 'again' | 'unfound'> => {
    const view = await bridges.read(name);
    const unpinned = containers.filter((container) => isUnpinned(container, view));
    const found = unpinned.length === 0 ? [] : await bridges.findPorts(unpinned, view.ports);
    const steps = planLock(members, found, view);
    if (steps.length > 0) await bridges.apply(name, steps);
    if (steps.length > 0) return 'again';
    return unpinned.length === 0 ? 'done' : 'unfound';
  };

  const lock = async (wanted: Wanted) => {
    let outcome = await round(wanted);
    for (let more = ROUNDS; more > 0 && outcome === 'again'; more -= 1) outcome = await round(wanted);
    if (outcome !== 'done') throw new OrcaError('unavailable', `${WHY[outcome]} ${wanted.name}`);
  };

  const reconcile = async () => {
    const [name, containers] = [bridge(), world.containers(LOCAL_NODE)];
    if (name === undefined || containers === undefined) return undefined;
    const { records } = await state.tasks.listReadable();
    const tasks = records.map(({ value }) => value);
    const wanted = { name, members: membersOf(holdAddress(tasks, world), containers), containers };
    const text = textOf(wanted);
    if (text !== lockedFor || steady() - lockedAt >= CHECK_EVERY) {
      const begun = steady();
      await lock(wanted).finally(() => {
        spent = steady() - begun;
      });
      [lockedFor, lockedAt] = [text, steady()];
      failures = 0;
      problem = undefined;
    }
    return clock.now() + CHECK_EVERY;
  };

  const loop = createLoop({
    reconcile,
    clock,
    gather: () => sleep(Math.min(GATHER + spent, LONGEST_REST)),
    onError: (_, error) => {
      failures += 1;
      const reason = reasonOf(error);
      if (failures < FAILURES_UNTOLD || reason === problem) return;
      problem = reason;
      log.warn({ err: error }, `the edge network is not protected against a container that keeps NET_RAW: ${reason}`);
    },
  });

  return { notice: () => loop.notice('edge'), run: loop.run, problem: () => problem };
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof OrcaError)) return String(error);
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
};

interface Wanted {
  readonly name: string;
  readonly members: readonly Member[];
  readonly containers: readonly ContainerView[];
}

/** A container that was started again has a new port. */
const textOf = ({ name, members, containers }: Wanted): string =>
  JSON.stringify([name, members, containers.map(({ id, startedAt, state }) => [id, startedAt, state])]);

const isUnpinned = ({ state, hardware }: ContainerView, { pins }: BridgeView): boolean =>
  state === 'running' && hardware !== undefined && !pins.some((pin) => pin.hardware === hardware);
