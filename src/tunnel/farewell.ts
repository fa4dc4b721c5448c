import { type ClientHttp2Session, constants } from 'node:http2';

/** Of a sentence, bytes. */
const MOST = 500;

/** A connection preface of HTTP/2 (RFC 9113, 3.4) with empty settings. */
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(0x4, Buffer.alloc(0))]);

/**
 * What ends a connection before it is one, as bytes: a GOAWAY (RFC 9113, 6.8) with why as its debug data. Nothing of what the
 * other end sends need be read for it.
 */
export function farewell(why: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(constants.NGHTTP2_REFUSED_STREAM, 4);
  return Buffer.concat([PREFACE, frame(0x7, Buffer.concat([head, debugData(why)]))]);
}

/** The same on an open session; the caller ends it. */
export const sayFarewell = (session: ClientHttp2Session, why: string): void =>
  session.goaway(constants.NGHTTP2_NO_ERROR, 0, debugData(why));

/** Why the other end ends the connection, if it says so. What it sends may be anything. */
export function readFarewell(data: Uint8Array | undefined): string | undefined {
  const text = Buffer.from(data ?? [])
    .subarray(0, MOST)
    .toString()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return text === '' ? undefined : text;
}

const debugData = (why: string): Buffer => Buffer.from(why).subarray(0, MOST);

/** RFC 9113, 4.1; of stream 0, without flags. */
function frame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  return Buffer.concat([head, payload]);
}
