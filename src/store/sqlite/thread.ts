import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { OrcaError } from '../../core/errors.ts';
import { fromFault } from './fault.ts';
import type { Opened, WorkerOptions } from './protocol.ts';

export interface Thread {
  readonly worker: Pick<Worker, 'on' | 'postMessage'>;
  readonly epoch: string;
  readonly exited: Promise<void>;
}

export type StartThread = (options: WorkerOptions) => Promise<Thread>;

/** Starts the store's thread; rejects with the reason if the file cannot be opened. */
export async function startThread(workerData: WorkerOptions): Promise<Thread> {
  const worker = new Worker(workerFile(), { workerData, name: 'orca-store', execArgv: [] });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return { worker, exited, epoch: await opened(worker) };
}

/**
 * The thread's file, looked for beside the module that imports this one: `store-worker.js` beside the bundle when built
 * (the build bundles worker.ts under that name, an entry of its own), else worker.ts in the source.
 */
function workerFile(): URL {
  const bundled = new URL('./store-worker.js', import.meta.url);
  return existsSync(bundled) ? bundled : new URL('./worker.ts', import.meta.url);
}

async function opened(worker: Worker): Promise<string> {
  const first = await new Promise<Opened>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new OrcaError('unavailable', 'the store ended at its start')));
  });
  if ('epoch' in first) return first.epoch;
  await worker.terminate();
  throw fromFault(first.fault);
}
