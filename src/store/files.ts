import { createHash } from 'node:crypto';
import { OrcaError } from '../core/errors.ts';
import type { StoredFile } from '../core/model/file.ts';
import type { Collection } from './collection.ts';
import type { Op, Store } from './contract.ts';

/** Bytes in one value of the store, which base64 makes a third longer. */
const CHUNK = 512 * 1024;
/** A content that nobody names yet may be taken away while it is stored: it is stored again, so often. */
const TRIES = 3;

/**
 * Contents of files, each once by its digest: `files/{sha256}`, and its bytes under `file-chunks/{sha256}/{number}`. The record is
 * there before the chunks, so that none is ever without one; it is whole once they are there.
 */
export interface Files {
  /** Where its records lie; chunks have no version. */
  readonly parts: readonly Pick<Collection<unknown>, 'prefix' | 'version'>[];
  /** Does nothing if it is there. @throws OrcaError `conflict` if it is removed each time */
  put(sha256: string, bytes: Uint8Array): Promise<void>;
  has(sha256: string): Promise<boolean>;
  /** @throws OrcaError `conflict` if it is not there, `unavailable` if it is not what its digest says */
  read(sha256: string): Promise<Buffer>;
  list(): Promise<readonly StoredFile[]>;
  remove(sha256: string): readonly Op[];
}

export function createFiles(store: Store, records: Collection<StoredFile>): Files {
  const chunk = (sha256: string, number: number) => `file-chunks/${sha256}/${String(number).padStart(6, '0')}`;
  const has = async (sha256: string) => (await records.get(sha256))?.value.whole === true;
  /** False if it was taken away in the middle: its chunks with its record. */
  const write = async (sha256: string, bytes: Uint8Array): Promise<boolean> => {
    const record: StoredFile = { sha256, size: bytes.length };
    await store.txn({ then: [records.put(record)] });
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const value = Buffer.from(bytes.subarray(at, at + CHUNK)).toString('base64');
      await store.txn({ then: [{ put: chunk(sha256, at / CHUNK), value }] });
    }
    const whole = records.put({ ...record, whole: true });
    return (await store.txn({ compare: [records.equals(record)], then: [whole] })).succeeded || has(sha256);
  };
  return {
    parts: [records],
    has,
    async put(sha256, bytes) {
      for (let left = TRIES; left > 0; left -= 1) if ((await has(sha256)) || (await write(sha256, bytes))) return;
      throw new OrcaError('conflict', `the content sha256:${sha256} of a file was removed`, { hint: AGAIN });
    },
    async read(sha256) {
      const record = (await records.get(sha256))?.value;
      if (!record?.whole)
        throw new OrcaError('conflict', `the content sha256:${sha256} of a file was removed`, { hint: AGAIN });
      const parts: Buffer[] = [];
      for (let at = 0; at < record.size; at += CHUNK) {
        parts.push(Buffer.from((await store.get(chunk(sha256, at / CHUNK)))?.value ?? '', 'base64'));
      }
      const bytes = Buffer.concat(parts);
      if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
      throw new OrcaError('unavailable', `the content sha256:${sha256} of a file is damaged in the store`, {
        hint: AGAIN,
      });
    },
    list: async () => (await records.listReadable()).records.map(({ value }) => value),
    remove: (sha256) => [records.remove({ sha256, size: 0 }), { deletePrefix: `file-chunks/${sha256}/` }],
  };
}

const AGAIN = 'deploy the service again';
