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
}

export const createOneOff = (options: ConnectionOptions): OneOff => ({
  exec: async (name, query) => {
    const { openSession } = await import('./session.ts'); // with a library that few commands need
    return openSession(options, { method: 'GET', path: `${pathOf(name)}/exec`, query: { ...query } });
  },
});

const pathOf = (service: string): string => `/api/v1/services/${encodeURIComponent(service)}`;
