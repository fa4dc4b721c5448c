import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../../../src/contract/endpoint.ts';
import { ErrorBody } from '../../../src/contract/error-body.ts';
import { ProgressLine } from '../../../src/contract/progress.ts';

/** A request, parsed by the endpoint's schemas. */
export interface ScriptedCall {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

/** JSON, held to the endpoint's schema; or a stream in pieces, whose connection may be cut after the last. */
export type ScriptedAnswer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly raw: string; readonly type?: string }
  | { readonly pieces: AsyncIterable<string> | Iterable<string>; readonly type: string; readonly then?: 'end' | 'cut' };

export type Script = readonly [
  endpoint: Endpoint,
  answer: (call: ScriptedCall) => ScriptedAnswer | Promise<ScriptedAnswer>,
];

export interface ScriptedServer {
  readonly api: string;
  /** `POST /api/v1/services/web/scale?project=shop`, in order. */
  readonly requests: readonly string[];
  /** What was not as the contract says; a test that passes has none. */
  readonly violations: readonly string[];
  close(): Promise<void>;
}

export const TOKEN = 'a-token-for-tests';

/** A server that speaks the contract, with answers written down: whatever breaks its schemas is a violation. */
export async function scriptedServer(scripts: readonly Script[]): Promise<ScriptedServer> {
  const requests: string[] = [];
  const violations: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    try {
      await serve(request, response, scripts);
    } catch (error) {
      violations.push(`${request.method} ${request.url}: ${error}`);
      if (!response.headersSent) response.writeHead(418);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    violations,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One line of a streamed deploy. */
export const progress = (line: ProgressLine): string => `${JSON.stringify(ProgressLine.parse(line))}\n`;

async function serve(request: IncomingMessage, response: ServerResponse, scripts: readonly Script[]): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://scripted');
  const found = scripts
    .map(([endpoint, answer]) => ({ endpoint, answer, params: match(endpoint, request.method, url.pathname) }))
    .find(({ params }) => params !== undefined);
  if (!found) throw new Error('nothing is scripted for it');
  const { endpoint, answer } = found;
  if (endpoint.access !== 'public' && request.headers.authorization !== `Bearer ${TOKEN}`) {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: 'no valid token', code: 'unauthorized', hint: 'set ORCA_TOKEN' }));
    return;
  }
  const text = await readAll(request);
  const call = {
    params: endpoint.params.parse(found.params),
    query: endpoint.query.parse(Object.fromEntries(url.searchParams)),
    body: endpoint.body.parse(text === '' ? undefined : JSON.parse(text)),
    headers: request.headers,
  };
  await write(response, endpoint, await answer(call));
}

function match(endpoint: Endpoint, method: string | undefined, path: string): Record<string, string> | undefined {
  const pattern = endpoint.path.replaceAll(/\{([a-z_]+)\}/g, '(?<$1>[^/]+)');
  const found = endpoint.method === method ? new RegExp(`^${pattern}$`).exec(path) : null;
  return found ? { ...found.groups } : undefined;
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

async function write(response: ServerResponse, endpoint: Endpoint, answer: ScriptedAnswer): Promise<void> {
  if ('raw' in answer) {
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'text/plain' });
    response.end(answer.raw);
    return;
  }
  if ('json' in answer) {
    const { status = 200, json } = answer;
    const isResult = typeof json === 'object' && json !== null && 'services' in json;
    (status >= 400 && !isResult ? ErrorBody : endpoint.response).parse(json);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
    return;
  }
  response.writeHead(200, { 'content-type': answer.type });
  response.flushHeaders();
  for await (const piece of answer.pieces) response.write(piece);
  if (answer.then === 'cut') response.socket?.destroySoon();
  else response.end();
}
