import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type OptAnswer,
  type Packet,
  type Question,
  RECURSION_AVAILABLE,
} from 'dns-packet';
import { NAME_TTL } from '../../core/names/names.ts';

/** RFC 1035: the only opcode that is answered, and those codes of answers that are given. */
export const RCODE = { ok: 0, malformed: 1, failed: 2, unknown: 3, unsupported: 4, refused: 5 } as const;
type Rcode = (typeof RCODE)[keyof typeof RCODE];

/** A header: an id, flags and four counts. */
export const HEADER = 12;
const IS_ANSWER = 0x8000;
const IS_CUT = 0x0200;
const WANTS_RECURSION = 0x0100;
const OPCODE = 0x7800;

/** Of an answer over UDP, where the query says no more (RFC 1035), and where it does: what passes everywhere (DNS flag day 2020). */
const LEAST_SIZE = 512;
const LARGEST_SIZE = 1232;
/** Of a query: its name has 255 bytes at most. Over TCP it could hold thousands of records, each of them work to read. */
const LONGEST_QUERY = 4096;

export interface Query {
  readonly id: number;
  /** As it was spelt, without a dot at its end. */
  readonly name: string;
  /** `A`, `AAAA`, ... */
  readonly type: string;
  /** Longest answer that it takes over UDP, bytes. */
  readonly size: number;
  readonly hasEdns: boolean;
  readonly questions: Question[];
  readonly bytes: Buffer;
}

/** A query as it came: read, or what is to be answered without reading on; undefined: nothing is, as it is none. */
export function readQuery(bytes: Buffer): Query | { readonly answer: Buffer } | undefined {
  if (bytes.length < HEADER || (bytes.readUInt16BE(2) & IS_ANSWER) !== 0) return undefined;
  if ((bytes.readUInt16BE(2) & OPCODE) !== 0) return { answer: bare(bytes, RCODE.unsupported) };
  if (bytes.length > LONGEST_QUERY) return { answer: bare(bytes, RCODE.malformed) };
  const packet = tryDecode(bytes);
  const [question, ...more] = packet?.questions ?? [];
  if (!packet || !question || more.length > 0) return { answer: bare(bytes, RCODE.malformed) };
  const edns = packet.additionals?.find((one) => one.type === 'OPT');
  const asked = edns && 'udpPayloadSize' in edns ? (edns.udpPayloadSize ?? LEAST_SIZE) : LEAST_SIZE;
  return {
    id: bytes.readUInt16BE(0),
    name: question.name.replace(/\.$/, ''),
    type: question.class === 'IN' || question.class === undefined ? question.type : 'OTHER',
    size: Math.min(LARGEST_SIZE, Math.max(LEAST_SIZE, asked)),
    hasEdns: edns !== undefined,
    questions: [question],
    bytes,
  };
}

/** @param addresses in the order in which they are told; none: there is such a name, without what is asked of it */
export function answer(query: Query, addresses: readonly string[], rcode: Rcode = RCODE.ok): Buffer {
  const { name } = query;
  const answers: Answer[] = addresses.map((data) => ({ type: 'A', class: 'IN', name, ttl: NAME_TTL, data }));
  return respond(query, AUTHORITATIVE_ANSWER | rcode, answers);
}

/** What does not fit is left out, and said to be: the client asks again over TCP. */
export function answerShortly(query: Query, addresses: readonly string[]): Buffer {
  const whole = answer(query, addresses);
  return whole.length <= query.size ? whole : respond(query, AUTHORITATIVE_ANSWER | IS_CUT);
}

/** Without the name server's own word: it could not ask, or would not. */
export const decline = (query: Query, rcode: Rcode): Buffer => respond(query, rcode);

function respond({ id, bytes, questions, hasEdns }: Query, flags: number, answers: Answer[] = []): Buffer {
  const packet = encode({ type: 'response', id, questions, answers, additionals: hasEdns ? [OPT] : [] });
  const asked = bytes.readUInt16BE(2) & WANTS_RECURSION;
  packet.writeUInt16BE(IS_ANSWER | asked | RECURSION_AVAILABLE | flags, 2);
  return packet;
}

/** Whether bytes that came from a name server answer a query. */
export function isAnswerTo(bytes: Buffer, id: number, { name, type }: Query): boolean {
  if (bytes.length < HEADER || bytes.readUInt16BE(0) !== id || (bytes.readUInt16BE(2) & IS_ANSWER) === 0) return false;
  const questions = tryDecode(bytes)?.questions;
  if (questions === undefined) return false;
  const [question] = questions;
  const isSame = question?.name.toLowerCase() === name.toLowerCase() && (question.type === type || type === 'OTHER');
  return isSame || (questions.length === 0 && rcodeOf(bytes) !== RCODE.ok);
}

export const rcodeOf = (bytes: Buffer): number => bytes.readUInt16BE(2) & 0xf;

const OPT: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: LARGEST_SIZE,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

/** A header, as nothing else could be read. */
function bare(bytes: Buffer, rcode: Rcode): Buffer {
  const told = Buffer.alloc(HEADER);
  const asked = bytes.readUInt16BE(2) & (WANTS_RECURSION | OPCODE);
  told.writeUInt16BE(bytes.readUInt16BE(0), 0);
  told.writeUInt16BE(IS_ANSWER | asked | RECURSION_AVAILABLE | rcode, 2);
  return told;
}

function tryDecode(bytes: Buffer): Packet | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}
