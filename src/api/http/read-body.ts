import type { IncomingMessage } from 'node:http';
import { OrcaError } from '../../core/errors.ts';
import type { RawRequest } from '../route.ts';
import { parseJson } from './parse-json.ts';

/**
 * The JSON value of a request's body; undefined if there is none.
 *
 * @param limit bytes
 * @throws OrcaError `too_large`, `malformed`
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<unknown> {
  if (unreadBody(request) === undefined) return undefined;
  const bytes = await collect(request, limit);
  if (bytes.length === 0) return undefined;
  requireJson(request);
  return parseJson(bytes);
}

/**
 * Memory that a body takes until it is answered, bytes: as it comes and joined, then its values. What is parsed takes more
 * for a moment, but one body at a time.
 *
 * @throws OrcaError `too_large`, when that is known already
 */
export function bodyRoom(request: IncomingMessage, limit: number): number {
  return 2 * (request.headers['transfer-encoding'] === undefined ? bodyLength(request, limit) : limit);
}

/** The bytes of a body, as they come. */
export function rawRequest(request: IncomingMessage, limit: number, identified: RawRequest['identified']): RawRequest {
  return {
    headers: request.headers,
    address: request.socket.remoteAddress ?? '',
    length: request.headers['transfer-encoding'] === undefined ? bodyLength(request, limit) : undefined,
    read: (most, reserve) => collect(request, most, reserve),
    identified,
  };
}

function bodyLength(request: IncomingMessage, limit: number): number {
  const length = declaredLength(request);
  if (length > limit) throw tooLarge(limit);
  return length;
}

/** Whether there is a body, as a value that stands for it: undefined if there is none. Nothing is read for one without a token. */
export const unreadBody = (request: IncomingMessage): null | undefined =>
  declaredLength(request) === 0 && request.headers['transfer-encoding'] === undefined ? undefined : null;

const declaredLength = ({ headers }: IncomingMessage): number => Number(headers['content-length'] ?? 0);

/**
 * Into one buffer: of a body sent in small pieces each would be an object many times as large.
 *
 * @param reserve is awaited before the buffer is made larger by so many bytes
 */
async function collect(
  request: IncomingMessage,
  limit: number,
  reserve?: Parameters<RawRequest['read']>[1],
): Promise<Buffer> {
  let held: Buffer = Buffer.alloc(Math.min(FIRST, limit));
  let [length, pieces] = [0, 0];
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      pieces += 1;
      if (pieces > PIECES + length / SHORT) throw tooManyPieces();
      if (length + chunk.length > limit) throw tooLarge(limit);
      if (length + chunk.length > held.length) {
        const size = sizeFor(length + chunk.length, held.length, limit);
        await reserve?.(size - held.length);
        held = Buffer.concat([held], size);
      }
      chunk.copy(held, length);
      length += chunk.length;
    }
  } catch (cause) {
    if (cause instanceof OrcaError) throw cause;
    throw new OrcaError('malformed', 'the request body ended early', { cause });
  }
  return held.subarray(0, length);
}

/** What a body takes before any of it has come, bytes. */
export const FIRST = 16 * 1024;
/** So many pieces may come, and one more for each so many bytes: a piece costs time, however short it is. */
const [PIECES, SHORT] = [10_000, 256];

const sizeFor = (wanted: number, held: number, limit: number): number => Math.min(limit, Math.max(wanted, 2 * held));

function requireJson(request: IncomingMessage): void {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new OrcaError('malformed', `the body is ${type ? JSON.stringify(type) : 'of no named type'}, not JSON`, {
      hint: 'send `Content-Type: application/json`',
    });
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new OrcaError('malformed', `a body with Content-Encoding ${JSON.stringify(encoding)} is not read`, {
      hint: 'send it as it is',
    });
  }
}

const tooLarge = (limit: number): OrcaError =>
  new OrcaError('too_large', `the body is larger than ${limit / 1024} KiB`, { details: { limit } });

const tooManyPieces = (): OrcaError =>
  new OrcaError('malformed', 'the body comes in more pieces than its length needs', {
    hint: 'send it whole, or in chunks of 1 KiB at least',
  });
