import type { Watched } from './protocol.ts';
import { readChanges } from './read.ts';
import type { Session } from './session.ts';

/** A watcher asks for its next changes and is answered when there are some; between two questions nothing is kept of it. */
export interface Watchers {
  ask(call: number, prefix: string, after: number): void;
  cancel(call: number): void;
  /** Keys changed by what was just committed. */
  notify(changed: readonly string[]): void;
  endAll(error: Error): void;
}

interface Waiting {
  readonly prefix: string;
  after: number;
}

interface Dependencies {
  readonly session: Session;
  readonly answer: (call: number, watched: Watched) => void;
  readonly fail: (call: number, error: unknown) => void;
}

export function createWatchers({ session, answer, fail }: Dependencies): Watchers {
  const waiting = new Map<number, Waiting>();

  function serve(call: number, watcher: Waiting): void {
    try {
      const watched = readChanges(session, watcher.prefix, watcher.after);
      watcher.after = watched.upTo;
      if (watched.batches.length === 0) return;
      waiting.delete(call);
      answer(call, watched);
    } catch (error) {
      waiting.delete(call);
      fail(call, error);
    }
  }

  return {
    ask: (call, prefix, after) => {
      const watcher = { prefix, after };
      waiting.set(call, watcher);
      serve(call, watcher);
    },
    cancel: (call) => void waiting.delete(call),
    notify: (changed) => {
      for (const [call, watcher] of [...waiting]) {
        if (changed.some((key) => key.startsWith(watcher.prefix))) serve(call, watcher);
        else watcher.after = Math.max(watcher.after, session.revision);
      }
    },
    endAll: (error) => {
      for (const call of waiting.keys()) fail(call, error);
      waiting.clear();
    },
  };
}
