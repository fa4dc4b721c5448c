/** Why a message is not taken. The same object for every message of its kind: hostile input costs no stack traces. */
export class Fault {
  /** The status to answer a request with; a faulty answer is always 502. */
  readonly status: number;
  /** Stable, for `X-Orca-Error`. */
  readonly code: string;
  /** One sentence for the sender. */
  readonly message: string;

  constructor(status: number, code: string, message: string) {
    this.status = status;
    this.code = code;
    this.message = message;
  }
}

const bad = (code: string, message: string): Fault => new Fault(400, code, message);

export const FAULTS = {
  requestLine: bad('bad-request-line', 'the request line is not `METHOD target HTTP/1.1`'),
  statusLine: bad('bad-status-line', 'the status line is not `HTTP/1.1 status reason`'),
  version: new Fault(505, 'bad-version', 'only HTTP/1.1 and HTTP/1.0 are spoken here'),
  lineEnd: bad('bad-line-end', 'a line ends without CRLF, or a control character is in it'),
  fieldName: bad('bad-field-name', 'a header name is not one, has a space before its colon, or looks like another one'),
  fieldValue: bad('bad-field-value', 'a header value has a control character'),
  folded: bad('folded-line', 'a header is continued on a second line'),
  tooManyFields: new Fault(431, 'too-many-headers', 'there are too many headers'),
  headTooLarge: new Fault(431, 'head-too-large', 'the headers are too large'),
  targetTooLong: new Fault(414, 'target-too-long', 'the request target is too long'),
  target: bad('bad-target', 'the request target is not a path that has one meaning'),
  hostMissing: bad('bad-host', 'there must be exactly one Host header'),
  host: bad('bad-host', 'the Host header is not a host name with an optional port'),
  hostMismatch: bad('bad-host', 'the request target names another host than the Host header'),
  contentLength: bad('bad-content-length', 'Content-Length is not one decimal number'),
  bothLengths: bad('two-lengths', 'Content-Length and Transfer-Encoding are both given'),
  transferEncoding: bad('bad-transfer-encoding', 'Transfer-Encoding must be exactly `chunked`, once, and HTTP/1.1'),
  transferCoding: new Fault(501, 'bad-transfer-encoding', 'no transfer coding but `chunked` is known here'),
  connection: bad('bad-connection', 'the Connection header is not a list of names'),
  expectation: new Fault(417, 'bad-expectation', 'no expectation but `100-continue` is known here'),
  method: new Fault(501, 'bad-method', 'CONNECT and TRACE are not served here'),
  chunk: bad('bad-chunk', 'the chunked body is malformed'),
  trailers: bad('bad-trailers', 'the trailers of the chunked body are malformed or too large'),
  bodyTooLarge: new Fault(413, 'body-too-large', 'the body is larger than this server takes'),
} as const;
