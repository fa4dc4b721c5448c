import { Agent, request } from 'node:http';
import { ask } from '../http.ts';

/** The bare Docker API (1.41) over its socket: what no orchestrator on top of it can be quicker than. */
export interface Docker {
  /** @throws Error with Docker's words for an answer of 400 or more */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /**
   * Tells what happens to the containers of a label, from now until `end`: so nobody is asked again and again, which costs
   * the daemon as much as the work that is measured. `GET /events`
   */
  follow(label: string, told: (event: ContainerEvent) => void): Promise<{ end(): void }>;
  close(): void;
}

export interface ContainerEvent {
  readonly what: 'start' | 'die';
  readonly id: string;
}

export function connectDocker(socketPath: string): Docker {
  const agent = new Agent({ keepAlive: true });
  return {
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const answer = await ask({ socketPath }, path, { method, body, agent, timeout: 60_000 });
      if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body.trim()}`);
      return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T;
    },
    follow: (label, told) => follow(socketPath, label, told),
    close: () => agent.destroy(),
  };
}

/** A filter as the API's queries take it. */
export const filter = (wanted: object): string => encodeURIComponent(JSON.stringify(wanted));

function follow(socketPath: string, label: string, told: (event: ContainerEvent) => void): Promise<{ end(): void }> {
  const path = `/events?filters=${filter({ type: ['container'], event: ['start', 'die'], label: [label] })}`;
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, agent: false }, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.filter(Boolean)) told(toEvent(line));
      });
      resolve({ end: () => call.destroy() });
    });
    call.on('error', reject);
    call.end();
  });
}

function toEvent(line: string): ContainerEvent {
  const { Action, Actor } = JSON.parse(line) as { Action: ContainerEvent['what']; Actor: { ID: string } };
  return { what: Action, id: Actor.ID };
}
