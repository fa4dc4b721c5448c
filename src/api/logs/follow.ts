import { setTimeout as delay } from 'node:timers/promises';
import { OrcaError } from '../../core/errors.ts';
import type { Task } from '../../core/model/task.ts';
import type { Engines } from '../../engine/engines.ts';
import type { State } from '../../store/state.ts';
import { mirror } from '../observing/mirror.ts';
import { createChannel } from './channel.ts';
import type { Marks } from './marks.ts';
import type { TaskLine } from './merge.ts';

/** A log that ended is opened again after this, ms: Docker ends it at each restart of the container. */
const REOPEN = 500;

export interface FollowOptions {
  readonly state: State;
  readonly engines: Engines;
  readonly project: string;
  readonly service: string;
  readonly includes: (task: Task) => boolean;
  /** Where reading begins for a log of which nothing was read yet. Epoch ms. */
  readonly from: number;
  readonly marks: Marks;
  readonly signal: AbortSignal;
}

/** What is written from now on, by the tasks there are and those that come. Ends with the signal. */
export async function* follow(options: FollowOptions): AsyncGenerator<TaskLine> {
  const { state, project, service } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const channel = createChannel<TaskLine>(signal);
  const open = new Set<string>();
  let tasks: ReadonlyMap<string, Task> = new Map();

  async function attach(task: Task): Promise<void> {
    try {
      for await (const line of readOn({ ...options, signal }, task)) await channel.send(line);
    } catch (error) {
      if (!(error instanceof OrcaError)) throw error;
    }
    await delay(REOPEN, undefined, { signal });
    open.delete(task.id);
    attachNew();
  }

  function attachNew(): void {
    for (const task of tasks.values()) {
      const hasLog = task.container !== undefined && task.phase !== 'ended';
      if (!hasLog || open.has(task.id) || !options.includes(task)) continue;
      open.add(task.id);
      attach(task).catch((error) => signal.aborted || channel.fail(error));
    }
  }

  try {
    const prefix = `${state.tasks.key(project, service)}/`;
    const held = await mirror<Task>({
      store: state.store,
      collection: state.tasks,
      prefix,
      onChange: attachNew,
      onError: channel.fail,
      signal,
    });
    tasks = held.values;
    attachNew();
    yield* channel.lines;
  } finally {
    stop.abort();
  }
}

async function* readOn({ engines, from, marks, signal }: FollowOptions, { id, node }: Task): AsyncGenerator<TaskLine> {
  const isRead = marks.skipper(id);
  const query = { follow: true, since: marks.lastAt(id) ?? from, signal };
  for await (const line of engines.of(node).logs(id, query)) {
    if (isRead(line)) continue;
    marks.note(id, line);
    yield { ...line, task: id };
  }
}
