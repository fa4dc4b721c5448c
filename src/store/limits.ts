import { OrcaError } from '../core/errors.ts';
import { type Compare, MAX_TXN_OPS, MAX_VALUE_BYTES, type Op, type RangeQuery, type Txn } from './contract.ts';

/** A key's length in bytes of UTF-8, at most. */
export const MAX_KEY_BYTES = 1024;
/** Entries in one page of a range, at most; also what a range without a limit answers. */
export const MAX_PAGE_ENTRIES = 1000;
/** A page ends (with `more`) at the entry that brings its values over this; so does what a watch hands over at once. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** A lease's ttl in ms, at most: a day. */
export const MAX_TTL = 24 * 3600 * 1000;

/**
 * Refuses what no driver takes. Within one branch of a transaction a key is written once: not put twice, nor put and
 * deleted (etcd's rule, so that a revision has one change of a key at most).
 */
export function checkTxn({ compare = [], then, otherwise = [] }: Txn): void {
  const operations = compare.length + then.length + otherwise.length;
  if (operations > MAX_TXN_OPS) {
    throw new OrcaError('too_large', `a transaction has at most ${MAX_TXN_OPS} operations, this one ${operations}`);
  }
  for (const condition of compare) checkCompare(condition);
  for (const branch of [then, otherwise]) checkBranch(branch);
}

/** The number of entries to answer. */
export function checkRange({ prefix, after, limit = MAX_PAGE_ENTRIES, revision = 0 }: RangeQuery): number {
  checkText('prefix', prefix);
  if (after !== undefined) checkText('key', after);
  if (!Number.isSafeInteger(limit) || limit < 1) throw new OrcaError('invalid', `not a limit: ${limit}`);
  checkRevision(revision);
  return Math.min(limit, MAX_PAGE_ENTRIES);
}

export function checkRevision(revision: number): void {
  if (!Number.isSafeInteger(revision) || revision < 0) throw new OrcaError('invalid', `not a revision: ${revision}`);
}

export function checkKey(key: string): void {
  if (key === '') throw new OrcaError('invalid', 'a key has at least one character');
  checkText('key', key);
}

/** @param ttl in ms */
export function checkTtl(ttl: number): void {
  if (Number.isSafeInteger(ttl) && ttl >= 1 && ttl <= MAX_TTL) return;
  throw new OrcaError('invalid', `not a lease's ttl: ${ttl} ms; it is 1 to ${MAX_TTL}`);
}

function checkCompare(condition: Compare): void {
  checkKey(condition.key);
  if ('modRevision' in condition) checkRevision(condition.modRevision);
}

function checkBranch(ops: readonly Op[]): void {
  const puts = new Set<string>();
  for (const op of ops) {
    if ('deletePrefix' in op) checkText('prefix', op.deletePrefix);
    else if ('delete' in op) checkKey(op.delete);
    else checkPut(op, puts);
  }
  for (const op of ops) checkOverlap(op, puts);
}

function checkPut(op: { readonly put: string; readonly value: string }, puts: Set<string>): void {
  checkKey(op.put);
  if (puts.has(op.put)) throw writtenTwice(op.put);
  puts.add(op.put);
  if (!op.value.isWellFormed()) throw new OrcaError('invalid', `the value of ${op.put} is not well-formed text`);
  if (Buffer.byteLength(op.value) > MAX_VALUE_BYTES) {
    throw new OrcaError('too_large', `the value of ${op.put} is over ${MAX_VALUE_BYTES} bytes`);
  }
}

function checkOverlap(op: Op, puts: ReadonlySet<string>): void {
  if ('delete' in op && puts.has(op.delete)) throw writtenTwice(op.delete);
  if (!('deletePrefix' in op)) return;
  for (const key of puts) if (key.startsWith(op.deletePrefix)) throw writtenTwice(key);
}

const writtenTwice = (key: string) => new OrcaError('invalid', `a transaction writes ${key} twice`);

export function checkText(kind: string, text: string): void {
  if (!text.isWellFormed() || text.includes('\0'))
    throw new OrcaError('invalid', `the ${kind} is not well-formed text`);
  if (Buffer.byteLength(text) > MAX_KEY_BYTES) {
    throw new OrcaError('too_large', `the ${kind} is over ${MAX_KEY_BYTES} bytes: ${text.slice(0, 40)}...`);
  }
}
