import { VALUE } from './chars.ts';
import { FAULTS, Fault } from './fault.ts';
import { FieldLines, withoutFields } from './field-lines.ts';
import { ConnectionOptions, Framing } from './framing.ts';

/** An answer's head (RFC 9112 section 4), taken apart. */
export class ResponseHead {
  status = 0;
  /** May be empty. */
  reason = '';
  minor = 1;
  readonly framing = new Framing();
  readonly connection = new ConnectionOptions();
  /** Lower case; '' without one. */
  upgrade = '';
  eventStream = false;
  /** The lines that end at the client, each with its CRLF, in their order. */
  fields = '';

  /** Whether the target's connection may carry another request. */
  get keepAlive(): boolean {
    return this.minor === 1 && !this.connection.close;
  }
}

/** @param text one character a byte; every line with its CRLF, without the empty line */
export function parseResponseHead(text: string, headerCount: number): ResponseHead | Fault {
  const head = new ResponseHead();
  const lineEnd = text.indexOf('\r');
  const fault = parseStatusLine(head, text.slice(0, lineEnd)) ?? parseFields(head, text, lineEnd + 2, headerCount);
  if (fault !== undefined) return fault;
  if (head.connection.named !== undefined) head.fields = withoutFields(head.fields, head.connection.named);
  return head.framing.check(head.minor) ?? head;
}

function parseStatusLine(head: ResponseHead, line: string): Fault | undefined {
  if (line.startsWith('HTTP/1.0 ')) head.minor = 0;
  else if (!line.startsWith('HTTP/1.1 ')) return FAULTS.statusLine;
  const digits = line.slice(9, 12);
  if (!/^[1-5][0-9][0-9]$/.test(digits) || (line.length > 12 && line.charCodeAt(12) !== 32)) return FAULTS.statusLine;
  head.status = Number(digits);
  head.reason = line.slice(13);
  for (let at = 0; at < head.reason.length; at++) {
    if (VALUE[head.reason.charCodeAt(at)] !== 1) return FAULTS.statusLine;
  }
  return undefined;
}

function parseFields(head: ResponseHead, text: string, from: number, headerCount: number): Fault | undefined {
  if (text.charCodeAt(from - 1) !== 10) return FAULTS.lineEnd;
  const lines = new FieldLines(text, from, headerCount);
  let keptFrom = from;
  while (lines.next()) {
    const taken = lines.odd || takeField(head, lines);
    if (taken instanceof Fault) return taken;
    if (!taken) continue;
    if (lines.start > keptFrom) head.fields += text.slice(keptFrom, lines.start);
    keptFrom = lines.end;
  }
  if (text.length > keptFrom) head.fields += text.slice(keptFrom);
  return lines.fault;
}

/** True where the line ends here: the proxy says it again in its own words, or not at all. */
function takeField(head: ResponseHead, lines: FieldLines): boolean | Fault {
  switch (lines.nameEnd - lines.start) {
    case 7:
    case 10:
    case 12:
    case 14:
    case 16:
    case 17:
      return takeNamed(head, lines.name(), lines);
    default:
      return false;
  }
}

function takeNamed(head: ResponseHead, name: string, lines: FieldLines): boolean | Fault {
  switch (name) {
    case 'content-length':
      return head.framing.addLength(lines.value()) ?? true;
    case 'transfer-encoding':
      return head.framing.addCoding(lines.value()) ?? true;
    case 'connection':
      return head.connection.add(lines.value()) ?? true;
    case 'upgrade':
      head.upgrade = lines.value().toLowerCase();
      return true;
    case 'content-type':
      head.eventStream = /^text\/event-stream[\t ]*(?:;|$)/i.test(lines.value());
      return false;
    case 'keep-alive':
    case 'trailer':
    case 'proxy-connection':
      return true;
    default:
      return false;
  }
}
