import type { Query } from './call.ts';
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

/** What is done in containers, or beside them. */
export interface OneOff {
  /** Runs a command in a container of the service. Once it runs, it does not end with the signal of the client. */
  readonly exec: (name: string, query: ExecQuery) => Promise<RemoteProcess>;
  /** Runs it in a container of its own. */
  run(name: string, query: Omit<ExecQuery, 'task'>): Promise<RemoteProcess>;
}

export function createOneOff(options: ConnectionOptions): OneOff {
  const session = async (path: string, query: Query): Promise<RemoteProcess> => {
    const { openSession } = await import('./session.ts'); // with a library that few commands need
    return openSession(options, { method: 'GET', path, query });
  };
  return {
    exec: (name, query) => session(`${pathOf(name)}/exec`, { ...query }),
    run: (name, query) => session(`${pathOf(name)}/run`, { ...query }),
  };
}

const pathOf = (service: string): string => `/api/v1/services/${encodeURIComponent(service)}`;
