import type { StoredFile } from '../file.ts';
import { type RecordFormat, SAME } from './format.ts';
import { mark, number, object, text } from './shape.ts';

/** Version 0 was never written. */
export const STORED_FILE_RECORD: RecordFormat<StoredFile> = {
  upgrades: [SAME],
  shape: object<StoredFile>({ sha256: text, size: number, whole: mark }),
};
