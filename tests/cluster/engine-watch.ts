import type { Engine } from '../../src/engine/engine.ts';
import type { Faults } from './faults.ts';

type Handlers = Parameters<Engine['watch']>[0];

/** The stream of events of an engine, to whoever listens. */
export interface Watch {
  add(handlers: Handlers, signal: AbortSignal): void;
  tell(name: string, exitCode?: number): void;
  /** The engine went away, or came back. */
  reach(isThere: boolean): void;
}

export function createWatch(faults: Faults): Watch {
  const watching = new Set<Handlers>();
  return {
    add(handlers, signal) {
      watching.add(handlers);
      signal.addEventListener('abort', () => watching.delete(handlers), { once: true });
    },
    tell(name, exitCode) {
      if (faults.events === 'lost' || faults.engineAway) return;
      setTimeout(() => {
        if (!faults.engineAway) for (const { onEvent } of watching) onEvent(name, exitCode);
      }, faults.events);
    },
    reach(isThere) {
      for (const { onDown, onReset } of watching) {
        if (isThere) onReset();
        else onDown(new Error('the engine cannot be reached'));
      }
    },
  };
}
