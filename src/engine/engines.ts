import { OrcaError } from '../core/errors.ts';
import type { Engine } from './engine.ts';

/** The engines of the nodes that this master has a way to, by the node's id. They come and go while it runs. */
export interface Engines {
  /** Ids of the nodes. */
  nodes(): readonly string[];
  /** @throws OrcaError `unavailable`, saying so, if there is no way to the node */
  of(node: string): Engine;
  /** Called with the id of a node that has come or gone. Returns what ends the calls. */
  onChange(callback: (node: string) => void): () => void;
}

/** The same, for who knows when a node joins or is removed. One that is only away stays: its engine says that it is. */
export interface KnownEngines extends Engines {
  /** In place of the one that the node had. */
  add(node: string, engine: Engine): void;
  remove(node: string): void;
}

export function createEngines(first: Readonly<Record<string, Engine>> = {}): KnownEngines {
  const engines = new Map(Object.entries(first));
  const callbacks = new Set<(node: string) => void>();
  const tell = (node: string) => {
    for (const callback of [...callbacks]) callback(node);
  };
  const remove = (node: string) => {
    if (engines.delete(node)) tell(node);
  };

  return {
    nodes: () => [...engines.keys()],
    of(node) {
      const engine = engines.get(node);
      if (engine) return engine;
      throw new OrcaError('unavailable', `this server has no way to the node ${node}`);
    },
    onChange(callback) {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    // Who looks after a node begins anew with another engine.
    add(node, engine) {
      remove(node);
      engines.set(node, engine);
      tell(node);
    },
    remove,
  };
}
