import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorBody } from '../../contract/error-body.ts';

/** Gives what Node refuses before there is a request the body that every error has. */
export function answerUnreadable(server: Server): void {
  /** Several where requests were sent one behind the other. */
  const answers = new WeakMap<Socket, readonly ServerResponse[]>();
  const unfinished = (socket: Socket) =>
    (answers.get(socket) ?? []).filter(({ writableFinished }) => !writableFinished);
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (!socket.destroyed) answers.set(socket, [...unfinished(socket), response]);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // A second head in the midst of an answer would be read as part of it.
    if (!socket.writable || unfinished(socket).some(({ headersSent }) => headersSent)) socket.destroy();
    else refuse(socket, error);
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, text } = refusal(417, EXPECTATION);
    response.writeHead(status, headers).end(text);
  });
}

/** Not kept half open for a client that does not close its side. */
function refuse(socket: Socket, { code = '' }: NodeJS.ErrnoException): void {
  const { status, headers, text } = refusal(...(BY_CODE[code] ?? ([400, MALFORMED] as const)));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`);
  socket.destroySoon();
}

function refusal(status: number, body: ErrorBody) {
  const text = JSON.stringify(body);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  };
  return { status, headers, text };
}

const MALFORMED: ErrorBody = {
  error: 'the request is not HTTP/1.1',
  code: 'malformed',
  hint: 'the API is plain HTTP; from afar it is reached through a tunnel',
};
const EXPECTATION: ErrorBody = {
  error: 'no expectation but 100-continue is met',
  code: 'malformed',
  hint: 'leave the header Expect out',
};

const BY_CODE: Readonly<Record<string, readonly [status: number, body: ErrorBody]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    {
      error: 'the head of the request is larger than 16 KiB',
      code: 'too_large',
      hint: 'send fewer or shorter headers',
    },
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    { error: 'the request did not arrive whole in time', code: 'timeout', hint: 'nothing was done: send it again' },
  ],
};
