import type { Socket } from 'node:net';
import type { Carriage } from '../../core/names/carriage.ts';
import type { TaskDoor } from './connect-task.ts';
import { joinFar } from './join.ts';
import type { LiveConnections } from './live-connections.ts';
import { CARRY_GREETING, type Reply, readAsk, replyLine } from './protocol.ts';
import { readLine } from './read-line.ts';
import { reset } from './reset.ts';

interface Options {
  readonly carriage: () => Carriage;
  readonly door: TaskDoor;
  readonly live: LiveConnections;
}

/** For the ask to come, ms. */
const ASKED_WITHIN = 10_000;

/** Takes connections that data planes of other nodes carry here, and gives each to a task of this node. */
export function createFarEnd({ carriage, door, live }: Options): (far: Socket) => Promise<void> {
  return async (far) => {
    far.on('error', () => {});
    far.write(CARRY_GREETING);
    const line = await readLine(far, AbortSignal.timeout(ASKED_WITHIN));
    const ask = line === undefined ? undefined : readAsk(line);
    if (ask === undefined) return void far.destroy();
    const say = (reply: Reply): void => void far.end(replyLine(reply));
    const tasks = carriage().takes(ask.project, ask.service, ask.port);
    if (tasks === undefined) return say(carriage().isDenied(ask.project, ask.service) ? 'refused' : 'none');
    const near = await door.open(tasks, ask.port);
    if (near === undefined) return say('none');
    if (far.destroyed) return reset(near);
    far.write(replyLine('taken'));
    live.add({ ...ask, near });
    joinFar(near, far);
  };
}
