import { Fault } from './http1/fault.ts';
import { OwnAnswer } from './own-answer.ts';

/**
 * What the proxy itself answers, beside the faults of `http1/fault.ts`. After a 503 the service has seen nothing of the request,
 * and it may be sent again, whatever its method; after a 502 nobody knows.
 */
export const REFUSALS = {
  unknownHost: new Fault(404, 'unknown-host', 'nothing is served under this host name and path'),
  misdirected: new Fault(421, 'misdirected', 'the connection was made for another host name'),
  headTimeout: new Fault(408, 'head-timeout', 'the request took too long to arrive'),
  bodyTimeout: new Fault(408, 'body-timeout', 'the body of the request took too long to arrive'),
  badAnswer: new Fault(502, 'bad-answer', 'the service gave an answer that is not valid HTTP'),
  closed: new Fault(502, 'target-closed', 'the service closed the connection before it answered'),
  /** Not 502: nothing was sent, and from now on there is no target. */
  refused: new Fault(503, 'target-unreachable', 'the service cannot be reached'),
  noTarget: new Fault(503, 'no-target', 'no task of the service is ready'),
  overloaded: new Fault(503, 'overloaded', 'too many connections are open'),
  connectTimeout: new Fault(504, 'connect-timeout', 'the service did not accept the connection in time'),
  uploadTimeout: new Fault(504, 'upload-timeout', 'the service did not take the body of the request in time'),
  answerTimeout: new Fault(504, 'answer-timeout', 'the service did not answer in time'),
} as const;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  404: 'Not Found',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

interface RefusalOptions {
  /** Of the request; a HEAD gets no body. */
  readonly method: string;
  /** The request's Accept header. */
  readonly accept: string;
  readonly requestId: string;
  readonly connection: 'keep' | 'keep-1.0' | 'close';
}

/** A whole answer. Plain text, or JSON where the client asks for it. */
export function refusalOut(fault: Fault, { method, accept, requestId, connection }: RefusalOptions): string {
  if (fault instanceof OwnAnswer) return ownOut(fault, method, `X-Request-Id: ${requestId}\r\n${LINES[connection]}`);
  const json = accept.includes('json');
  const body = json ? jsonBody(fault, requestId) : `${fault.status} ${fault.message}\nrequest ${requestId}\n`;
  const type = json ? 'application/json' : 'text/plain; charset=utf-8';
  const retry = fault.status === 503 ? 'Retry-After: 1\r\n' : '';
  return (
    `HTTP/1.1 ${fault.status} ${REASONS[fault.status] ?? ''}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n` +
    `Cache-Control: no-store\r\nX-Orca-Error: ${fault.code}\r\nX-Request-Id: ${requestId}\r\n${retry}${LINES[connection]}\r\n` +
    (method === 'HEAD' ? '' : body)
  );
}

const ownOut = ({ status, lines, body }: OwnAnswer, method: string, more: string): string =>
  `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n${lines}${more}\r\n${method === 'HEAD' ? '' : body}`;

const LINES = { keep: '', 'keep-1.0': 'Connection: keep-alive\r\n', close: 'Connection: close\r\n' } as const;

const jsonBody = (fault: Fault, requestId: string): string =>
  `${JSON.stringify({ error: fault.message, code: fault.code, requestId })}\n`;
