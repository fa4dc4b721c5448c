import { mkdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Table } from '../../src/core/route/table.ts';
import type { TableFile } from '../../src/dataplane/supervisor/table-file.ts';
import { createPlane, type Plane, type PlaneOptions } from './plane.ts';
import { refusedWire, wire } from './wire.ts';

/** The data plane of a machine: one process after the other. */
export interface Planes {
  /** As a master opens its control socket. */
  dial(): Socket;
  /** Undefined while none runs. */
  now(): Plane | undefined;
  /** It dies, and what it has in flight with it. */
  away(): void;
  back(): void;
  /** It runs, and no master reaches it, until it does. */
  reach(isThere: boolean): void;
}

/** @param dir the data folder: masters see there whether a data plane has ever kept a table */
export function createPlanes(options: Omit<PlaneOptions, 'pid' | 'file'>, dir: string): Planes {
  let pid = 1_000;
  let kept: Table | undefined;
  let running: Plane | undefined;
  let isReached = true;
  let dialed: Socket[] = [];

  const file: TableFile = {
    read: () => kept,
    save: async (table) => {
      if (!kept) mkdirSync(join(dir, 'ingress'), { recursive: true });
      if (!kept) writeFileSync(join(dir, 'ingress', 'table.json'), '');
      kept = table;
    },
  };

  const back = () => {
    pid += 10;
    running ??= createPlane({ ...options, pid, file });
  };

  back();
  return {
    now: () => running,
    back,
    away: () => {
      running?.end();
      running = undefined;
    },
    reach(isThere) {
      isReached = isThere;
      if (isThere) return;
      for (const socket of dialed) socket.destroy();
      dialed = [];
    },
    dial: () => {
      if (!running || !isReached) return refusedWire();
      const [mine, theirs] = wire();
      running.accept(theirs);
      dialed.push(mine);
      return mine;
    },
  };
}
