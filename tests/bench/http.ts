import { type Agent, request } from 'node:http';

export interface Asked {
  readonly status: number;
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Without one: a connection of its own. */
  readonly agent?: Agent;
  /** ms */
  readonly timeout?: number;
}

/** Where: a unix socket, or a host and a port. */
export type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** One HTTP request to its end; a body is sent as JSON. Rejects when there is no whole answer in time. */
export function ask(
  place: Place,
  path: string,
  { method = 'GET', headers = {}, body, agent, timeout = 10_000 }: Asking = {},
) {
  return new Promise<Asked>((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const typed =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const call = request(
      { ...place, path, method, agent: agent ?? false, headers: { ...headers, ...typed } },
      (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer }));
        response.on('error', reject);
      },
    );
    call.setTimeout(timeout, () => call.destroy(new Error(`no answer to ${method} ${path} in ${timeout} ms`)));
    call.on('error', reject);
    call.end(text);
  });
}
