import type { ContainerInspectInfo } from 'dockerode';
import { LABEL } from '../core/model/container.ts';
import { statusOf } from './docker-error.ts';
import type { Inspections } from './inspections.ts';

/** A container of the cluster. */
export interface OwnContainer {
  readonly id: string;
  readonly tty: boolean;
}

/**
 * Tells which containers are the cluster's, by name. An id never comes to mean another container, so what was found once
 * is called by its id and not asked for again.
 */
export interface OwnContainers {
  /** Undefined also if the container is another's: of no cluster, or of another one. `GET /containers/{id}/json` */
  inspect(name: string): Promise<ContainerInspectInfo | undefined>;
  find(name: string): Promise<OwnContainer | undefined>;
  /** Calls it by its id; undefined if there is none. One that was known and is gone is looked for by its name again. */
  act<T>(name: string, call: (own: OwnContainer) => Promise<T>): Promise<T | undefined>;
  /** It was just created, or seen with the cluster's label. */
  note(name: string, own: OwnContainer): void;
  forget(name: string): void;
}

/** Names that are remembered, at most. */
const REMEMBERED = 10_000;

export function createOwnContainers(inspections: Inspections, cluster: string): OwnContainers {
  const known = new Map<string, OwnContainer>();

  const note = (name: string, own: OwnContainer) => {
    if (known.size >= REMEMBERED) known.clear();
    known.set(name, own);
  };

  const inspect = async (name: string) => {
    const info = await inspections.inspect(name);
    const isOwn = info?.Config.Labels?.[LABEL.cluster] === cluster;
    if (isOwn) note(name, { id: info.Id, tty: info.Config.Tty });
    else known.delete(name);
    return isOwn ? info : undefined;
  };

  const find = async (name: string) => {
    if (!known.has(name)) await inspect(name);
    return known.get(name);
  };

  return {
    inspect,
    find,
    note,
    forget: (name) => void known.delete(name),
    act: async (name, call) => {
      const before = known.get(name);
      if (before) {
        const done = await call(before).then((value) => ({ value }), unlessGone);
        if (done) return done.value;
        known.delete(name);
      }
      const own = await find(name);
      return own && call(own);
    },
  };
}

function unlessGone(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}
