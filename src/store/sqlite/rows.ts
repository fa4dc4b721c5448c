import { OrcaError } from '../../core/errors.ts';
import type { Entry } from '../contract.ts';
import { checksum } from './checksum.ts';

/** A row of `changes`: what one revision did to one key. */
export interface ChangeRow {
  readonly id: number;
  readonly revision: number;
  readonly key: string;
  /** Null: deleted. */
  readonly value: string | null;
  readonly create_revision: number;
  readonly version: number;
  readonly lease: string | null;
  readonly checksum: number;
}

export type NewChange = Omit<ChangeRow, 'id' | 'checksum'>;

export interface LeaseRow {
  readonly id: string;
  /** Milliseconds. */
  readonly ttl: number;
}

type Raw = Readonly<Record<string, unknown>>;

/** The tables are STRICT: a row has the types of its columns. A row that its checksum does not fit is refused. */
export function checkedRow(raw: Raw): ChangeRow {
  const row = raw as unknown as ChangeRow;
  if (row.checksum !== changeChecksum(row)) throw damaged(row.key);
  return row;
}

export const changeChecksum = ({ revision, key, value, create_revision, version, lease }: NewChange): number =>
  checksum(revision, key, value, create_revision, version, lease);

export function checkedMeta(raw: Raw): string {
  const { name, value, checksum: sum } = raw as unknown as { name: string; value: string; checksum: number };
  if (sum !== checksum(name, value)) throw damaged(`meta ${name}`);
  return value;
}

export function checkedLease(raw: Raw): LeaseRow {
  const { id, ttl, checksum: sum } = raw as unknown as LeaseRow & { checksum: number };
  if (sum !== checksum(id, ttl)) throw damaged(`lease ${id}`);
  return { id, ttl };
}

export function toEntry({ key, value, create_revision, revision, version, lease }: ChangeRow): Entry {
  if (value === null) throw damaged(key);
  const entry = { key, value, createRevision: create_revision, modRevision: revision, version };
  return lease === null ? entry : { ...entry, lease };
}

export const damaged = (key: string): OrcaError =>
  new OrcaError('unavailable', `the store's record of ${key} is damaged`, {
    hint: 'restore the store from a backup; orca does not change the file',
    details: { key },
  });
