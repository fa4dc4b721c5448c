import { join } from 'node:path';
import type { Engine } from '../../src/engine/engine.ts';
import type { Behaviour } from '../unit/core/rollout/box.ts';
import type { Skew } from '../unit/core/rollout/skew.ts';
import { memoryVolumes } from '../unit/engine/memory-volumes.ts';
import { createScriptedEngine } from './engine.ts';
import { createWatch } from './engine-watch.ts';
import { type Faults, noFaults } from './faults.ts';
import type { Life } from './life.ts';
import { createMachine, type Machine } from './machine.ts';
import { createPlanes, type Planes } from './planes.ts';
import { covered, cut, unanswered } from './served.ts';
import type { Trace } from './trace.ts';

/** A machine of the cluster, with its engine and its data plane, and faults of its own. */
export interface ClusterNode {
  readonly id: string;
  /** Where it keeps what it keeps. */
  readonly dir: string;
  readonly machine: Machine;
  readonly planes: Planes;
  readonly faults: Faults;
  engineFor(life: Life): Engine;
  /** Its engine goes away, or comes back. */
  reachEngine(isThere: boolean): void;
  /** The network to the master is cut, or mended: all that runs on it runs on. */
  cut(isCut: boolean): void;
  /** A container can be stopped there. */
  isReached(): boolean;
  /** When the master heard of it last, ms. */
  lastHeard(): number;
  /** What is wrong with how it serves now. */
  harm(): readonly string[];
  /** Tasks of a service that answer here, by whatever table of those in use; none while no data plane runs. */
  covered(service: string): number;
}

export interface NodeOptions {
  readonly id: string;
  readonly dir: string;
  readonly now: () => number;
  readonly skew: Skew;
  readonly behaviourOf: (image: string) => Behaviour;
  readonly choose: (below: number) => number;
  readonly trace: Trace;
}

/** The master's own machine is `local`, and its folder that of the master. */
export function createClusterNode({ id, now, skew, behaviourOf, choose, trace, ...options }: NodeOptions): ClusterNode {
  const dir = id === 'local' ? options.dir : join(options.dir, id);
  const faults = noFaults();
  const machine = createMachine({ now, behaviourOf, ahead: skew.engine });
  const watch = createWatch(faults);
  const images = new Set<string>();
  const volumes = memoryVolumes();
  const plane = { machine, faults, now: () => now() + skew.plane, log: trace.log(`plane ${id}`) };
  const planes = createPlanes(plane, dir);

  let cutAt: number | undefined;
  const reachEngine = (isThere: boolean) => {
    faults.engineAway = !isThere;
    watch.reach(isThere);
  };

  machine.onChange = (name, exitCode) => {
    trace.note(`machine ${id} ${name} ${machine.boxes.get(name)?.view.state ?? 'gone'} ${exitCode ?? ''}`);
    watch.tell(name, exitCode);
  };

  return {
    id,
    dir,
    machine,
    planes,
    faults,
    engineFor: (life) => createScriptedEngine({ machine, faults, watch, images, volumes, life, choose }),
    reachEngine,
    cut(isCut) {
      cutAt = isCut ? (cutAt ?? now()) : undefined;
      reachEngine(!isCut);
      planes.reach(!isCut);
    },
    isReached: () => cutAt === undefined && !faults.engineAway,
    lastHeard: () => cutAt ?? now(),
    harm() {
      const running = planes.now();
      if (!running) return [];
      return [
        ...unanswered(running, machine).map((name) => `${name} is answered by nobody on ${id}`),
        ...cut(running, machine).map((task) => `${task} is cut on ${id}`),
      ];
    },
    covered(service) {
      const running = planes.now();
      return running ? covered(running, machine, service) : 0;
    },
  };
}
