/**
 * The store's thread; it alone touches the file. The build bundles this file as an entry of its own to
 * `dist/store-worker.js`, beside the bundle that imports the store: see `workerFile` in thread.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { toFault } from './fault.ts';
import type { Answer, Message, Opened, WorkerOptions } from './protocol.ts';
import { createServing } from './serving.ts';

start(workerData as WorkerOptions);

function start(options: WorkerOptions): void {
  const port = parentPort;
  if (port === null) throw new Error('the store runs in a thread of its own');
  try {
    const serving = createServing({ ...options, answer: (answers: readonly Answer[]) => port.postMessage(answers) });
    port.on('message', (message: Message) => {
      if (serving.receive(message) === 'closed') port.close();
    });
    port.postMessage({ epoch: serving.epoch } satisfies Opened);
  } catch (error) {
    port.postMessage({ fault: toFault(error) } satisfies Opened);
    port.close();
  }
}
