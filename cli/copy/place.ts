import { posix } from 'node:path';
import { usage } from '../output/error.ts';

/** One side of a copy, as it is written. */
export type Side = LocalSide | RemoteSide | StreamSide;

export interface LocalSide {
  readonly side: 'local';
  readonly path: string;
}

export interface RemoteSide {
  readonly side: 'remote';
  readonly service: string;
  readonly project: string | undefined;
  /** A slot's number, or a task's id. */
  readonly task: string | undefined;
  /** Absolute; what stands at its end (`/`, `/.`) is kept. */
  readonly path: string;
}

/** `-`: a tar archive on stdin or stdout. */
export interface StreamSide {
  readonly side: 'stream';
}

const REMOTE = /^(?:([a-z][a-z0-9-]*)\/)?([a-z][a-z0-9-]*)(?:\.(\d+))?:(.*)$/s;

/**
 * `web:/path`, `web.2:/path`, `shop/web:/path`, `-`, or a path on this machine. A relative path in a container begins at `/`, as with
 * `docker cp`. A file of this machine with such a name is `./web:x`.
 */
export function parseSide(text: string, given: { readonly project?: string; readonly task?: string }): Side {
  if (text === '-') return { side: 'stream' };
  const found = REMOTE.exec(text);
  if (!found) return { side: 'local', path: text };
  const [, project = given.project, service = '', slot, path = ''] = found;
  if (path === '') throw usage(`which path in ${text.slice(0, -1)}?`, `write it behind the colon: ${text}/data`);
  if (slot !== undefined && given.task !== undefined && given.task !== slot)
    throw usage(`${service}.${slot} and --task ${given.task} are two tasks`, 'name one of them');
  const task = slot ?? taskOf(service, given.task);
  return { side: 'remote', service, project, task, path: path.startsWith('/') ? path : `/${path}` };
}

const taskOf = (service: string, task: string | undefined): string | undefined =>
  task?.startsWith(`${service}.`) ? task.slice(service.length + 1) : task;

/** Without `.` and doubled slashes; what it means at its end is asked for before. */
export const plainPath = (path: string): string => posix.normalize(path).replace(/(.)\/$/, '$1');
