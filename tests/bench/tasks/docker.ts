import { Agent } from 'node:http';
import { ask } from '../http.ts';

/** The bare Docker API (1.41) over its socket: what no orchestrator on top of it can be quicker than. */
export interface Docker {
  /** @throws Error with Docker's words for an answer of 400 or more */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  close(): void;
}

export function connectDocker(socketPath: string): Docker {
  const agent = new Agent({ keepAlive: true });
  return {
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const answer = await ask({ socketPath }, path, { method, body, agent, timeout: 60_000 });
      if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body.trim()}`);
      return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T;
    },
    close: () => agent.destroy(),
  };
}
