import { connect, type Socket } from 'node:net';
import type { NamedTask } from '../../core/names/names.ts';

/** Connections to tasks of this node: which of them are ready, and which has the fewest. */
export interface TaskDoor {
  setReady(ready: ReadonlySet<string>): void;
  /** To one of them that takes it; undefined: none does. Paused, and keeps the half that its other end has not ended. */
  open(tasks: readonly NamedTask[], port: number): Promise<Socket | undefined>;
}

/** A task of the same machine, that has not taken a connection by then: its queue is full, or it is stopped, ms. */
const WITHIN = 1_000;

export function createTaskDoor(random: () => number = Math.random): TaskDoor {
  const open = new Map<string, number>();
  let ready: ReadonlySet<string> = new Set();

  const count = (task: string, by: number): void => {
    const left = (open.get(task) ?? 0) + by;
    if (left > 0) open.set(task, left);
    else open.delete(task);
  };

  const inOrder = (tasks: readonly NamedTask[]): readonly NamedTask[] =>
    tasks
      .filter(({ task, probed }) => !probed || ready.has(task))
      .map((one) => ({ one, load: (open.get(one.task) ?? 0) + random() }))
      .sort((a, b) => a.load - b.load)
      .map(({ one }) => one);

  return {
    setReady(all) {
      ready = all;
    },
    async open(tasks, port) {
      for (const { task, edge = '' } of inOrder(tasks)) {
        count(task, 1);
        const socket = await dial(edge, port);
        if (socket?.destroyed === false) {
          socket.once('close', () => count(task, -1));
          return socket;
        }
        count(task, -1);
      }
      return undefined;
    },
  };
}

function dial(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const late = setTimeout(() => socket.destroy(), WITHIN);
    socket.pause();
    socket.on('error', () => {});
    socket.once('close', () => resolve(undefined));
    socket.once('connect', () => {
      clearTimeout(late);
      resolve(socket);
    });
    socket.once('close', () => clearTimeout(late));
  });
}
