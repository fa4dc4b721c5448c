import { OrcaError } from '../../core/errors.ts';
import { fromFault } from './fault.ts';
import type { Answer, Message, Replies, Request, WorkerOptions } from './protocol.ts';
import type { StartThread } from './thread.ts';

/** Calls to the store's thread, bounded in number, bytes and time. */
export interface Channel {
  readonly epoch: string;
  /** Rejects with what the thread answers; `unavailable` when too many wait or the thread has ended. */
  call<R extends Request>(request: R, options?: CallOptions): Promise<Replies[R['type']]>;
  /** The next changes for a watcher, however long it takes; undefined when the signal aborts. */
  listen(request: WatchRequest, signal: AbortSignal | undefined): Promise<Replies['watch'] | undefined>;
  /** Calls made before are answered; resolves when the thread has ended. */
  close(): Promise<void>;
}

type WatchRequest = Extract<Request, { type: 'watch' }>;

interface CallOptions {
  /** The call's weight in the queue, in bytes. */
  readonly bytes?: number;
}

export interface Bounds {
  /** Calls that wait for an answer, at most; and watchers, at most. */
  readonly calls: number;
  /** Bytes of the writes that wait, at most; one write alone may be larger. */
  readonly bytes: number;
  /** How long a call waits for its answer, ms. */
  readonly wait: number;
}

type Settle = (answer: Answer) => void;

export async function openChannel(workerData: WorkerOptions, bounds: Bounds, start: StartThread): Promise<Channel> {
  const { worker, epoch, exited } = await start(workerData);
  const calls = new Map<number, Settle>();
  const listeners = new Map<number, Settle>();
  let [last, bytes] = [0, 0];
  let ended: OrcaError | undefined;

  worker.on('message', (answers: readonly Answer[]) => answers.forEach(settle));
  worker.on('error', (cause) =>
    end(new OrcaError('unavailable', `the store's thread failed: ${cause.message}`, { cause })),
  );
  const over = exited.then(() => end(closed()));

  function settle(answer: Answer): void {
    const waiting = calls.has(answer.call) ? calls : listeners;
    const found = waiting.get(answer.call);
    waiting.delete(answer.call);
    found?.(answer);
  }

  function end(error: OrcaError): void {
    ended ??= error;
    const fault = { code: ended.code, message: ended.message };
    for (const call of [...calls.keys(), ...listeners.keys()]) settle({ call, fault });
  }

  function post(waiting: Map<number, Settle>, request: Request, onAnswer: Settle): number {
    if (ended) throw ended;
    if (waiting.size >= bounds.calls) throw overloaded(waiting.size);
    last += 1;
    waiting.set(last, onAnswer);
    worker.postMessage({ call: last, request } satisfies Message);
    return last;
  }

  /** A call given up on keeps its place in the queue until the thread is through with it. */
  function send<R extends Request>(request: R, weight: number, wait?: number): Promise<Replies[R['type']]> {
    if (bytes > 0 && bytes + weight > bounds.bytes) throw overloaded(calls.size);
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      post(calls, request, ({ value, fault }) => {
        clearTimeout(timer);
        bytes -= weight;
        if (fault === undefined) resolve(value as Replies[R['type']]);
        else reject(fromFault(fault));
      });
      // Once it waits: a call that is refused at once would leave its timer behind.
      if (wait !== undefined) timer = setTimeout(() => reject(silent(wait)), wait);
      bytes += weight;
    });
  }

  function listen(request: WatchRequest, signal: AbortSignal | undefined): Promise<Replies['watch'] | undefined> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        listeners.delete(call);
        worker.postMessage({ cancel: call } satisfies Message);
        resolve(undefined);
      };
      const call = post(listeners, request, ({ value, fault }) => {
        signal?.removeEventListener('abort', abort);
        if (fault === undefined) resolve(value as Replies['watch']);
        else reject(fromFault(fault));
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  return {
    epoch,
    listen,
    call: async (request, options = {}) => send(request, options.bytes ?? 0, bounds.wait),
    close: async () => {
      if (!ended) await send({ type: 'close' }, 0);
      await over;
    },
  };
}

const closed = () => new OrcaError('unavailable', 'the store is closed');

const overloaded = (waiting: number) =>
  new OrcaError('unavailable', `the store has ${waiting} calls waiting and takes no more`, {
    hint: 'its disk may be slow; try again',
  });

const silent = (wait: number) =>
  new OrcaError('timeout', `the store did not answer within ${wait} ms; a write may still be done`, {
    hint: 'its disk hangs or is very slow: look at the kernel log (dmesg)',
  });
