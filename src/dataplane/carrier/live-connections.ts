import type { Socket } from 'node:net';
import type { Carriage } from '../../core/names/carriage.ts';
import { reset } from './reset.ts';

export interface LiveConnection {
  /** Of who asked for it. */
  readonly project: string;
  /** `project/name` */
  readonly service: string;
  /** At a container of this node; closing it closes all of it. */
  readonly near: Socket;
}

/** The connections that one worker carries, at one end or the other. */
export interface LiveConnections {
  add(connection: LiveConnection): void;
  /** Ends those of projects that are not told of the service any more. */
  cutDenied(carriage: Carriage): void;
  destroy(): void;
  /** Resolves when none is left. */
  empty(): Promise<void>;
  readonly size: number;
}

export function createLiveConnections(): LiveConnections {
  const all = new Set<LiveConnection>();
  const waiting: (() => void)[] = [];

  const leave = (connection: LiveConnection): void => {
    all.delete(connection);
    if (all.size === 0) for (const resolve of waiting.splice(0)) resolve();
  };

  return {
    add(connection) {
      all.add(connection);
      connection.near.once('close', () => leave(connection));
      if (connection.near.destroyed) leave(connection);
    },
    cutDenied(carriage) {
      for (const { project, service, near } of all) if (carriage.isDenied(project, service)) reset(near);
    },
    destroy() {
      for (const { near } of all) reset(near);
    },
    empty: () => (all.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    get size() {
      return all.size;
    },
  };
}
