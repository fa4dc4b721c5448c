import { EventEmitter } from 'node:events';
import type { Store } from '../../src/store/contract.ts';
import type { Answer, Message, WorkerOptions } from '../../src/store/sqlite/protocol.ts';
import { createServing } from '../../src/store/sqlite/serving.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Thread } from '../../src/store/sqlite/thread.ts';

/** The SQLite driver without its thread: the same queue, the same commits, in this process's turns. */
export const openStoreHere = (path: string): Promise<Store> =>
  openSqliteStore({ path, history: 10_000, queue: { calls: 4096, bytes: 64 * 1024 * 1024, wait: 30_000 } }, serveHere);

async function serveHere(options: WorkerOptions): Promise<Thread> {
  const worker = new EventEmitter();
  const exit = Promise.withResolvers<void>();
  const answer = (answers: readonly Answer[]) => void worker.emit('message', answers);
  const serving = createServing({ ...options, answer });
  const postMessage = (message: Message) => {
    setImmediate(() => {
      if (serving.receive(message) === 'closed') exit.resolve();
    });
  };
  const here = Object.assign(worker, { postMessage }) as unknown as Thread['worker'];
  return { worker: here, epoch: serving.epoch, exited: exit.promise };
}
