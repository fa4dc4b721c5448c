import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Carriage, CarriedPlace } from '../../core/names/carriage.ts';
import { chooseWays, type Way } from './choose-way.ts';
import type { TaskDoor } from './connect-task.ts';
import type { FarDoor } from './far-door.ts';
import { joinFar, joinNear } from './join.ts';
import type { LiveConnections } from './live-connections.ts';
import { reset } from './reset.ts';

export interface NearEndOptions {
  readonly carriage: () => Carriage;
  readonly door: TaskDoor;
  readonly far: FarDoor;
  readonly live: LiveConnections;
  readonly random: () => number;
  /** How long a container waits for a task that takes its connection, ms. */
  readonly patience?: number | undefined;
}

/** Tables reach nodes one after the other, and a task may have just gone: a connection that none has taken waits so long, ms. */
const PATIENCE = 5_000;
const PAUSE = 100;
/** Connections that wait or are carried, of all containers and of one. */
const [MOST, MOST_OF_ONE] = [20_000, 2_000];

/** Takes connections of this node's containers to services of other nodes, and carries them there. */
export function createNearEnd(options: NearEndOptions): (near: Socket, place: CarriedPlace) => void {
  const { carriage, door, far, live, random, patience = PATIENCE } = options;
  const open = new Map<string, number>();
  let inAll = 0;

  /** True: it is joined with what it leads to. */
  const tryWay = async ({ node }: Way, near: Socket, ask: { project: string; service: string; port: number }) => {
    const found =
      node === undefined
        ? await door.open(carriage().ways(ask.project, ask.service)?.own ?? [], ask.port)
        : await far.open(node, ask);
    if (found === undefined) return false;
    if (near.destroyed) {
      found.destroy();
      return true;
    }
    live.add({ ...ask, near });
    if (node === undefined) joinNear(near, found);
    else joinFar(near, found);
    return true;
  };

  const carry = async (near: Socket, { service, port }: CarriedPlace, project: string): Promise<void> => {
    const until = performance.now() + patience;
    for (let first = true; first || performance.now() < until; first = false) {
      if (!first) await sleep(PAUSE);
      const ways = carriage().ways(project, service);
      if (ways === undefined || near.destroyed) break;
      for (const way of chooseWays(ways, far.isReached, random))
        if (await tryWay(way, near, { project, service, port })) return;
    }
    reset(near);
  };

  const count = (asker: string, by: number): void => {
    inAll += by;
    const left = (open.get(asker) ?? 0) + by;
    if (left > 0) open.set(asker, left);
    else open.delete(asker);
  };

  return (near, place) => {
    const asker = near.remoteAddress ?? '';
    const project = carriage().projectOf(asker);
    near.on('error', () => {});
    // By the address that it comes from, which the machine's lock keeps for it: nobody is asked who it is.
    const isRefused = project === undefined || carriage().ways(project, place.service) === undefined;
    if (isRefused || inAll >= MOST || (open.get(asker) ?? 0) >= MOST_OF_ONE) return reset(near);
    count(asker, 1);
    near.once('close', () => count(asker, -1));
    carry(near, place, project).catch(() => near.destroy());
  };
}
