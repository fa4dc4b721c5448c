import type { ServerHttp2Stream } from 'node:http2';
import { OrcaError } from '../core/errors.ts';

/** Why a node does not do what it is asked; told to the master as a status with a JSON body. */
export class Refusal extends Error {
  readonly status: number;
  readonly more: Readonly<Record<string, unknown>>;
  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }
}

export function reply(stream: ServerHttp2Stream, status: number, body: unknown): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ':status': status, 'content-type': 'application/json' });
  stream.end(body === undefined ? undefined : JSON.stringify(body));
}

export function refuse(stream: ServerHttp2Stream, error: unknown): void {
  const { message } = error as Error;
  if (error instanceof Refusal) reply(stream, error.status, { message, ...error.more });
  else if (error instanceof OrcaError)
    reply(stream, error.code === 'not_found' ? 404 : 422, { message, kind: error.code });
  else reply(stream, 500, { message });
}
