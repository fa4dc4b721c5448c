import { isToken } from './chars.ts';
import { FAULTS, type Fault } from './fault.ts';

const LENGTH = /^[0-9]{1,15}$/;
const CODINGS = /^[a-z0-9-]+(?:[\t ]*,[\t ]*[a-z0-9-]+)*$/;
/** Of what `String.trim` takes off, only the two blanks of HTTP are among these. */
const ASCII = /^[\t\x20-\x7e]*$/;

/** How the headers of one message say where its body ends (RFC 9112 section 6), each accepted in one form only. */
export class Framing {
  /** -1: none given. */
  length = -1;
  chunked = false;

  addLength(value: string): Fault | undefined {
    if (this.length >= 0 || !LENGTH.test(value)) return FAULTS.contentLength;
    this.length = Number(value);
    return undefined;
  }

  addCoding(value: string): Fault | undefined {
    const coding = value.toLowerCase();
    if (coding !== 'chunked')
      return !this.chunked && isOtherCoding(coding) ? FAULTS.transferCoding : FAULTS.transferEncoding;
    if (this.chunked) return FAULTS.transferEncoding;
    this.chunked = true;
    return undefined;
  }

  /** @param minor of the message's HTTP version */
  check(minor: number): Fault | undefined {
    if (!this.chunked) return undefined;
    if (this.length >= 0) return FAULTS.bothLengths;
    return minor === 0 ? FAULTS.transferEncoding : undefined;
  }
}

const isOtherCoding = (value: string): boolean => CODINGS.test(value) && !/(?:^|[\t ,])chunked[\t ]*,/.test(value);

/**
 * The Connection header: a list of tokens, of which empty ones say nothing (RFC 9110 sections 5.6.1, 7.6.1). In requests
 * too: no other reading of such a list moves a message's end, and the headers that orca goes by are taken before it is applied.
 */
export class ConnectionOptions {
  close = false;
  keepAlive = false;
  upgrade = false;
  /** Header names, lower case, that end at this connection. */
  named: Set<string> | undefined;

  add(value: string): Fault | undefined {
    if (!ASCII.test(value)) return FAULTS.connection;
    for (const element of value.toLowerCase().split(',')) {
      const option = element.trim();
      if (option === '') continue;
      if (!isToken(option)) return FAULTS.connection;
      this.#note(option);
    }
    return undefined;
  }

  #note(option: string): void {
    if (option === 'close') this.close = true;
    else if (option === 'keep-alive') this.keepAlive = true;
    else if (option === 'upgrade') this.upgrade = true;
    else {
      this.named ??= new Set();
      this.named.add(option);
    }
  }
}
