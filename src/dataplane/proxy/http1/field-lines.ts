import { NAME, TOKEN, VALUE } from './chars.ts';
import { FAULTS, type Fault } from './fault.ts';

const CR = 13;
const LF = 10;
const SP = 32;
const HTAB = 9;
const COLON = 58;

/**
 * Walks the field lines of a head (RFC 9112 section 5), strictly: CRLF only, no folding, no space before the colon,
 * no control characters. After `next()` was true the offsets describe one line.
 */
export class FieldLines {
  /** Of the line's first character. */
  start = 0;
  nameEnd = 0;
  valueStart = 0;
  /** Without trailing white space. */
  valueEnd = 0;
  /** Behind the line's CRLF. */
  end: number;
  count = 0;
  /** The name is a token, but not of letters, digits and `-` alone. */
  odd = false;
  fault: Fault | undefined;
  readonly #head: string;
  readonly #limit: number;

  /**
   * @param head one character a byte; every line with its CRLF, without the empty line
   * @param from offset of the first field line
   */
  constructor(head: string, from: number, limit: number) {
    this.#head = head;
    this.#limit = limit;
    this.end = from;
  }

  /** False at the end, and when `fault` is set. */
  next(): boolean {
    if (this.end >= this.#head.length) return false;
    this.start = this.end;
    this.count += 1;
    if (this.count > this.#limit) return this.#refuse(FAULTS.tooManyFields);
    return this.#name() && this.#value();
  }

  name(): string {
    return this.#head.slice(this.start, this.nameEnd).toLowerCase();
  }

  value(): string {
    return this.#head.slice(this.valueStart, this.valueEnd);
  }

  #name(): boolean {
    const head = this.#head;
    let at = this.start;
    while (NAME[head.charCodeAt(at)] === 1) at += 1;
    this.odd = head.charCodeAt(at) !== COLON;
    if (this.odd) while (TOKEN[head.charCodeAt(at)] === 1) at += 1;
    this.nameEnd = at;
    if (at > this.start && head.charCodeAt(at) === COLON) return true;
    const first = head.charCodeAt(this.start);
    return this.#refuse(at === this.start && (first === SP || first === HTAB) ? FAULTS.folded : FAULTS.fieldName);
  }

  #value(): boolean {
    const head = this.#head;
    let at = this.nameEnd + 1;
    while (isBlank(head.charCodeAt(at))) at += 1;
    this.valueStart = at;
    while (VALUE[head.charCodeAt(at)] === 1) at += 1;
    this.end = at + 2;
    if (head.charCodeAt(at) !== CR)
      return this.#refuse(head.charCodeAt(at) === LF ? FAULTS.lineEnd : FAULTS.fieldValue);
    if (head.charCodeAt(at + 1) !== LF) return this.#refuse(FAULTS.lineEnd);
    while (at > this.valueStart && isBlank(head.charCodeAt(at - 1))) at -= 1;
    this.valueEnd = at;
    return true;
  }

  #refuse(fault: Fault): false {
    this.fault = fault;
    return false;
  }
}

const isBlank = (code: number): boolean => code === SP || code === HTAB;

/** The lines of a block whose names are not in `names` (lower case). The block has been walked without a fault before. */
export function withoutFields(block: string, names: ReadonlySet<string>): string {
  const lines = new FieldLines(block, 0, Number.MAX_SAFE_INTEGER);
  let kept = '';
  while (lines.next()) if (!names.has(lines.name())) kept += block.slice(lines.start, lines.end);
  return kept;
}
