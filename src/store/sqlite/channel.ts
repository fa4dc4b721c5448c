import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { OrcaError } from '../../core/errors.ts';
import { fromFault } from './fault.ts';
import type { Answer, Message, Opened, Replies, Request, WorkerOptions } from './protocol.ts';

/** Calls to the store's thread, bounded in number and bytes. */
export interface Channel {
  readonly epoch: string;
  /** Rejects with what the thread answers; `unavailable` when too many wait or the thread has ended. */
  call<R extends Request>(request: R, options?: CallOptions): Promise<Replies[R['type']]>;
  /** Calls made before are answered; resolves when the thread has ended. */
  close(): Promise<void>;
}

interface CallOptions {
  /** The call's weight in the queue, in bytes. */
  readonly bytes?: number;
  /** Ends the wait: the call then answers undefined. Without it a call is always answered. */
  readonly signal?: AbortSignal | undefined;
}

export interface Bounds {
  /** Calls that wait for an answer, at most. */
  readonly calls: number;
  /** Bytes of the writes that wait, at most; one write alone may be larger. */
  readonly bytes: number;
}

interface Pending {
  readonly bytes: number;
  settle(answer: Answer): void;
}

export async function openChannel(workerData: WorkerOptions, bounds: Bounds): Promise<Channel> {
  const worker = new Worker(workerFile(), { workerData, name: 'orca-store' });
  const epoch = await opened(worker);
  const pending = new Map<number, Pending>();
  let [calls, bytes] = [0, 0];
  let ended: OrcaError | undefined;

  worker.on('message', (answers: readonly Answer[]) => {
    for (const answer of answers) take(answer.call)?.settle(answer);
  });
  worker.on('error', (cause) =>
    end(new OrcaError('unavailable', `the store's thread failed: ${cause.message}`, { cause })),
  );
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve(end(closed()))));

  function take(call: number): Pending | undefined {
    const found = pending.get(call);
    pending.delete(call);
    bytes -= found?.bytes ?? 0;
    return found;
  }

  function end(error: OrcaError): void {
    ended ??= error;
    const fault = { code: ended.code, message: ended.message };
    for (const call of [...pending.keys()]) take(call)?.settle({ call, fault });
  }

  function send<R extends Request>(
    request: R,
    { bytes: weight = 0, signal }: CallOptions,
  ): Promise<Replies[R['type']]> {
    calls += 1;
    const call = calls;
    bytes += weight;
    const answer = new Promise<unknown>((resolve, reject) => {
      const cancel = () => take(call)?.settle({ call });
      signal?.addEventListener('abort', cancel, { once: true });
      const settle = ({ value, fault }: Answer) => {
        signal?.removeEventListener('abort', cancel);
        if (signal?.aborted) worker.postMessage({ cancel: call } satisfies Message);
        if (fault === undefined) resolve(value);
        else reject(fromFault(fault));
      };
      pending.set(call, { bytes: weight, settle });
    });
    worker.postMessage({ call, request } satisfies Message);
    return answer as Promise<Replies[R['type']]>;
  }

  return {
    epoch,
    call: async (request, options = {}) => {
      if (ended) throw ended;
      const tooMuch = bytes > 0 && bytes + (options.bytes ?? 0) > bounds.bytes;
      if (pending.size >= bounds.calls || tooMuch) throw overloaded(pending.size);
      return send(request, options);
    },
    close: async () => {
      if (!ended) await send({ type: 'close' }, {});
      await exited;
    },
  };
}

/** The thread's file: beside this one when run from source, `store-worker.js` beside the bundle once built. */
export function workerFile(): URL {
  const bundled = new URL('./store-worker.js', import.meta.url);
  return existsSync(bundled) ? bundled : new URL('./worker.ts', import.meta.url);
}

async function opened(worker: Worker): Promise<string> {
  const first = await new Promise<Opened>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(closed()));
  });
  if ('epoch' in first) return first.epoch;
  await worker.terminate();
  throw fromFault(first.fault);
}

const closed = () => new OrcaError('unavailable', 'the store is closed');

const overloaded = (waiting: number) =>
  new OrcaError('unavailable', `the store has ${waiting} calls waiting and takes no more`, {
    hint: 'the disk may be slow; try again',
  });
