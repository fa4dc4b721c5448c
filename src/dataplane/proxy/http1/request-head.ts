import { isToken } from './chars.ts';
import { FAULTS, Fault } from './fault.ts';
import { FieldLines, withoutFields } from './field-lines.ts';
import { ConnectionOptions, Framing } from './framing.ts';

const MAX_METHOD = 32;
/** Bytes beyond ASCII may stand in a query. */
const NO_TARGET = /[^!-~\x80-\xff]/;
const EVENTS = /(?:^|,)[\t ]*text\/event-stream[\t ]*(?:[;,]|$)/i;
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** `GET / HTTP/1.1`: what is behind the target. */
const VERSION_LENGTH = ' HTTP/1.1'.length;

/** A request's head (RFC 9112 section 3), taken apart. Header values the proxy does not own stay as they are. */
export class RequestHead {
  method = '';
  /** As written, not normalised. */
  target = '';
  /** Of the HTTP version: 0 or 1. */
  minor = 1;
  host: string | undefined;
  readonly framing = new Framing();
  readonly connection = new ConnectionOptions();
  /** Lower case; '' without one. */
  upgrade = '';
  expectContinue = false;
  /** Of several lines one list. */
  accept = '';
  forwardedFor = '';
  forwardedProto = '';
  forwardedHost = '';
  forwardedPort = '';
  requestId = '';
  /** What the data plane of another node says beside the request; from everybody else it says nothing. */
  relay = '';
  /** The lines that end at the server, each with its CRLF, in their order. */
  fields = '';

  get hasBody(): boolean {
    return this.framing.chunked || this.framing.length > 0;
  }

  /** It can be sent again without harm: idempotent (RFC 9110 section 9.2.2), and nothing of it has to be kept. */
  get repeatable(): boolean {
    return !this.hasBody && REPEATABLE.has(this.method);
  }

  /** Only WebSockets are switched to; any other upgrade is left out, as RFC 9110 section 7.8 allows. */
  get asksWebSocket(): boolean {
    if (this.upgrade !== 'websocket' || !this.connection.upgrade) return false;
    return this.method === 'GET' && this.minor === 1 && !this.hasBody;
  }

  /** An event stream without an end is asked for, as a browser's EventSource does; any other has an end. */
  get asksForEvents(): boolean {
    return this.method === 'GET' && EVENTS.test(this.accept);
  }

  /** Whether the client's connection may carry another request. */
  get keepAlive(): boolean {
    return !this.connection.close && (this.minor === 1 || this.connection.keepAlive);
  }
}

export interface HeadLimits {
  readonly headerCount: number;
  readonly targetBytes: number;
}

/** @param text one character a byte; every line with its CRLF, without the empty line */
export function parseRequestHead(text: string, limits: HeadLimits): RequestHead | Fault {
  const head = new RequestHead();
  const lineEnd = text.indexOf('\r');
  const fault = parseRequestLine(head, text.slice(0, lineEnd), limits) ?? parseFields(head, text, lineEnd + 2, limits);
  return fault ?? finish(head) ?? head;
}

function parseRequestLine(head: RequestHead, line: string, limits: HeadLimits): Fault | undefined {
  const methodEnd = line.indexOf(' ');
  const targetEnd = line.length - VERSION_LENGTH;
  head.method = line.slice(0, methodEnd);
  head.target = line.slice(methodEnd + 1, targetEnd);
  if (methodEnd < 1 || methodEnd > MAX_METHOD || !isToken(head.method)) return FAULTS.requestLine;
  const version = line.slice(targetEnd);
  if (version === ' HTTP/1.0') head.minor = 0;
  else if (version !== ' HTTP/1.1') return / HTTP\/\d\.\d$/.test(line) ? FAULTS.version : FAULTS.requestLine;
  if (head.target === '' || NO_TARGET.test(head.target)) return FAULTS.requestLine;
  return head.target.length > limits.targetBytes ? FAULTS.targetTooLong : undefined;
}

function parseFields(head: RequestHead, text: string, from: number, limits: HeadLimits): Fault | undefined {
  if (text.charCodeAt(from - 1) !== 10) return FAULTS.lineEnd;
  const lines = new FieldLines(text, from, limits.headerCount);
  let keptFrom = from;
  while (lines.next()) {
    const taken = lines.odd ? takeOdd(lines) : takeField(head, lines);
    if (taken instanceof Fault) return taken;
    if (!taken) continue;
    if (lines.start > keptFrom) head.fields += text.slice(keptFrom, lines.start);
    keptFrom = lines.end;
  }
  if (text.length > keptFrom) head.fields += text.slice(keptFrom);
  return lines.fault;
}

/** What some server may take for a header that decides where a message ends, where it goes, or whom it is from. */
const LIKE = /^(?:host|contentlength|transferencoding|xforwarded.*)$/;

/** One with another character than letters, digits and `-` is left out, and refused where it looks like one that counts. */
const takeOdd = (lines: FieldLines): true | Fault =>
  LIKE.test(lines.name().replace(/[^a-z0-9]/g, '')) ? FAULTS.fieldName : true;

/** Lengths of the names in `takeNamed`, to pass over most lines without looking at their letters. */
const LENGTHS = new Set([2, 4, 5, 6, 7, 9, 10, 12, 14, 16, 17, 19]);
const SHORTEST_FORWARDED = 'x-forwarded-x'.length;

/** True where the line ends here: the proxy says it again in its own words, or not at all. */
function takeField(head: RequestHead, lines: FieldLines): boolean | Fault {
  const length = lines.nameEnd - lines.start;
  if (length < SHORTEST_FORWARDED && !LENGTHS.has(length)) return false;
  return takeNamed(head, lines.name(), lines);
}

function takeNamed(head: RequestHead, name: string, lines: FieldLines): boolean | Fault {
  switch (name) {
    case 'host':
      if (head.host !== undefined) return FAULTS.hostMissing;
      head.host = lines.value();
      return true;
    case 'content-length':
      return head.framing.addLength(lines.value()) ?? true;
    case 'transfer-encoding':
      return head.framing.addCoding(lines.value()) ?? true;
    case 'connection':
      return head.connection.add(lines.value()) ?? true;
    case 'upgrade':
      head.upgrade = head.upgrade === '' ? lines.value().toLowerCase() : 'several';
      return true;
    case 'expect':
      if (lines.value().toLowerCase() !== '100-continue') return FAULTS.expectation;
      head.expectContinue = true;
      return true;
    case 'accept':
      head.accept += head.accept === '' ? lines.value() : `, ${lines.value()}`;
      return false;
    case 'x-request-id':
      head.requestId = lines.value();
      return true;
    case 'orca-relay':
      head.relay = head.relay === '' ? lines.value() : 'several';
      return true;
    case 'keep-alive':
    case 'te':
    case 'trailer':
    case 'proxy':
    case 'proxy-connection':
    case 'proxy-authorization':
    case 'http2-settings':
    case 'forwarded':
    case 'x-real-ip':
      return true;
    default:
      return takeForwarded(head, name, lines);
  }
}

function takeForwarded(head: RequestHead, name: string, lines: FieldLines): boolean {
  if (!name.startsWith('x-forwarded-')) return false;
  const value = lines.value();
  if (name === 'x-forwarded-for') head.forwardedFor += head.forwardedFor === '' ? value : `, ${value}`;
  else if (name === 'x-forwarded-proto') head.forwardedProto = value;
  else if (name === 'x-forwarded-host') head.forwardedHost = value;
  else if (name === 'x-forwarded-port') head.forwardedPort = value;
  return true;
}

function finish(head: RequestHead): Fault | undefined {
  if (head.method === 'CONNECT' || head.method === 'TRACE') return FAULTS.method;
  if (head.minor === 0) head.expectContinue = false;
  if (head.connection.named !== undefined) head.fields = withoutFields(head.fields, head.connection.named);
  return head.framing.check(head.minor);
}
