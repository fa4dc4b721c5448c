import { Fault } from './http1/fault.ts';

interface Content {
  readonly body: string;
  readonly type?: string | undefined;
  /** More header lines, each with its CRLF. */
  readonly lines?: string | undefined;
}

/** What the data plane answers by itself though nothing is wrong. */
export class OwnAnswer extends Fault {
  readonly body: string;
  /** The header lines that are its own, each with its CRLF. */
  readonly lines: string;

  /** @param code for the access log */
  constructor(status: number, code: string, { body, type = 'text/plain; charset=utf-8', lines = '' }: Content) {
    super(status, code, '');
    this.body = body;
    this.lines = `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines}`;
  }
}
