import type { ResponseHead } from './http1/response-head.ts';

/** How an answer's body goes to the client. */
export type Delivery = 'none' | 'length' | 'chunked' | 'until-close';

/** @param minor of the client's HTTP version; HTTP/1.0 knows no chunks */
export function deliveryOf(head: ResponseHead, method: string, minor: number): Delivery {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return 'none';
  if (head.framing.length >= 0) return 'length';
  return minor === 1 ? 'chunked' : 'until-close';
}

/**
 * @param connection what becomes of the client's connection; HTTP/1.1 keeps it unless told otherwise
 * @param lines of the proxy's own, each with its CRLF
 */
export function answerOut(
  head: ResponseHead,
  delivery: Delivery,
  connection: 'keep' | 'keep-1.0' | 'close',
  lines: string,
): string {
  const length = head.framing.length >= 0 && head.status !== 204 ? `Content-Length: ${head.framing.length}\r\n` : '';
  const coding = delivery === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '';
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${lines}${head.fields}${length}${coding}${CONNECTION[connection]}\r\n`;
}

const CONNECTION = { keep: '', 'keep-1.0': 'Connection: keep-alive\r\n', close: 'Connection: close\r\n' } as const;

/** 100, 102, 103 (RFC 9110 section 15.2). */
export const interimOut = (head: ResponseHead): string =>
  `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.fields}\r\n`;

export const switchOut = (head: ResponseHead): string =>
  `HTTP/1.1 101 Switching Protocols\r\n${head.fields}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
