import type { PathAnswer } from '../contract/copy.ts';
import type { Top } from '../contract/top.ts';
import type { Call, Query } from './call.ts';
import type { ConnectionOptions } from './connection.ts';
import type { RemoteProcess } from './session.ts';

export interface ExecQuery {
  /** Program and arguments. */
  readonly cmd: readonly string[];
  readonly project?: string | undefined;
  /** A task id, or a slot's number. */
  readonly task?: string | undefined;
  readonly tty?: boolean | undefined;
}

export interface CopyQuery {
  /** Absolute, in the container. */
  readonly path: string;
  readonly project?: string | undefined;
  /** A task id, or a slot's number. */
  readonly task?: string | undefined;
}

export interface TopQuery {
  readonly project?: string | undefined;
  readonly service?: string | undefined;
  readonly task?: string | undefined;
}

/** What is done in containers, or beside them, and what they use. */
export interface OneOff {
  /** Runs a command in a container of the service. Once it runs, it does not end with the signal of the client. */
  readonly exec: (name: string, query: ExecQuery) => Promise<RemoteProcess>;
  /** Runs it in a container of its own. */
  run(name: string, query: Omit<ExecQuery, 'task'>): Promise<RemoteProcess>;
  stat(name: string, query: CopyQuery & { readonly follow?: boolean | undefined }): Promise<PathAnswer>;
  /** A tar archive, as what the process writes. */
  archive(name: string, query: CopyQuery): Promise<RemoteProcess>;
  /** Unpacks a tar archive that the process reads, into a folder. */
  unpack(name: string, query: CopyQuery): Promise<RemoteProcess>;
  /** Takes a second, for two samples. */
  top(query?: TopQuery): Promise<Top>;
}

export function createOneOff(options: ConnectionOptions, json: <T>(call: Call) => Promise<T>): OneOff {
  const session = async (path: string, query: Query): Promise<RemoteProcess> => {
    const { openSession } = await import('./session.ts'); // with a library that few commands need
    return openSession(options, { method: 'GET', path, query });
  };
  return {
    exec: (name, query) => session(`${pathOf(name)}/exec`, { ...query }),
    run: (name, query) => session(`${pathOf(name)}/run`, { ...query }),
    stat: (name, query) => json({ method: 'GET', path: `${pathOf(name)}/stat`, query: { ...query } }),
    archive: (name, query) => session(`${pathOf(name)}/archive`, { ...query }),
    unpack: (name, query) => session(`${pathOf(name)}/unpack`, { ...query }),
    top: (query = {}) => json({ method: 'GET', path: '/api/v1/top', query: { ...query } }),
  };
}

const pathOf = (service: string): string => `/api/v1/services/${encodeURIComponent(service)}`;
