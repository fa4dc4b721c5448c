import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { LABEL } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { toOrcaError } from './docker-error.ts';
import type { Engine } from './engine.ts';
import { readJsonLines } from './json-lines.ts';

const FIRST_WAIT = 100;
const LONGEST_WAIT = 2_000;
/** A hung engine keeps its streams open: only a call tells. */
const PING_EVERY = 5_000;
const PING_LIMIT = 5_000;

/**
 * What changes a container's view, each change once: a stop is told as `kill`, `die` and `stop`, an `oom` ends in a `die`, and
 * who creates knows. Without `exec_*`, which probes cause by the second; `health_status` comes only when it has changed.
 */
const ACTIONS = ['health_status', 'start', 'die', 'pause', 'unpause', 'rename', 'update', 'destroy'];

type Handlers = Parameters<Engine['watch']>[0];

/** Follows the engine's events, for ever until aborted: reconnects with back-off, from the last event seen. `GET /events` */
export function watch(client: DockerClient, cluster: string, handlers: Handlers, signal: AbortSignal): void {
  const state: WatchState = { since: undefined, down: undefined, failures: 0 };
  const run = async () => {
    while (!signal.aborted) {
      const error = await follow(client, cluster, { handlers, state, signal }).catch((failure: unknown) => failure);
      if (signal.aborted) return;
      reportDown(toOrcaError('follow events', client.url, error ?? closed()), handlers, state);
      await delay(waitAfter(state.failures), undefined, { signal }).catch(() => undefined);
    }
  };
  void run();
}

interface WatchState {
  /** `seconds.nanoseconds` of the last event. */
  since: string | undefined;
  /** The reason told last, while the engine is away. */
  down: string | undefined;
  failures: number;
}

interface Watch {
  readonly handlers: Handlers;
  readonly state: WatchState;
  readonly signal: AbortSignal;
}

const waitAfter = (failures: number): number => Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 10));

const closed = (): Error => Object.assign(new Error('the event stream ended'), { code: 'ECONNRESET' });

/** Once for each reason: a retry that fails alike is no news. */
function reportDown(error: Error, handlers: Handlers, state: WatchState): void {
  state.failures += 1;
  if (state.down === error.message) return;
  state.down = error.message;
  handlers.onDown(error);
}

/** One connection, until it ends. */
async function follow(client: DockerClient, cluster: string, { handlers, state, signal }: Watch): Promise<void> {
  await client.renegotiate();
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  try {
    const stream = await open(client, cluster, state.since, stop);
    state.failures = 0;
    state.down = undefined;
    handlers.onReset();
    void pingUntil(client, stop, (error) => stream.destroy(error));
    for await (const line of readJsonLines(stream)) deliver(line as EngineEvent, handlers, state);
  } finally {
    ended.abort();
  }
}

const open = (
  client: DockerClient,
  cluster: string,
  since: string | undefined,
  stop: AbortSignal,
): Promise<Readable> => {
  const filters = { type: ['container'], label: [`${LABEL.cluster}=${cluster}`], event: ACTIONS };
  const query = since === undefined ? { filters } : { filters, since };
  return client.call(
    'follow events',
    (docker, unanswered) =>
      dial<Readable>(docker, '/events', { query, stream: true, signal: AbortSignal.any([stop, unanswered]) }),
    { patient: true, signal: stop },
  );
};

interface EngineEvent {
  readonly Action?: string;
  readonly Actor?: { readonly Attributes?: { readonly name?: string; readonly exitCode?: string } };
  readonly timeNano?: number;
}

function deliver({ Action, Actor, timeNano }: EngineEvent, handlers: Handlers, state: WatchState): void {
  const { name, exitCode } = Actor?.Attributes ?? {};
  if (timeNano !== undefined) state.since = (timeNano / 1e9).toFixed(6);
  if (name === undefined) return;
  if (Action === 'die' && exitCode !== undefined) handlers.onEvent(name, Number(exitCode));
  else handlers.onEvent(name);
}

async function pingUntil(client: DockerClient, signal: AbortSignal, onFailure: (error: Error) => void): Promise<void> {
  const ping = () =>
    client.call('answer a ping', (docker, stop) => dial(docker, '/_ping', { signal: stop }), {
      limit: PING_LIMIT,
      signal,
    });
  try {
    for (;;) {
      await delay(PING_EVERY, undefined, { signal });
      await ping();
    }
  } catch (error) {
    if (!signal.aborted) onFailure(error as Error);
  }
}
