import { isMap, type Shape } from './shape.ts';
import { NewerRecord, UnreadableRecord } from './unreadable.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** How records of one kind are stored. A stored record carries `v`, its version; what has none is version 0. */
export interface RecordFormat<T> {
  /**
   * `upgrades[n]` makes a record of version n one of n + 1, so there are as many as the newest version. They are for ever:
   * whatever a released version wrote is read by every later one.
   */
  readonly upgrades: readonly ((record: Fields) => Fields)[];
  readonly shape: Shape<T>;
}

/** The first version with `v` differs from the one without in nothing else. */
export const SAME = (record: Fields): Fields => record;

export const versionOf = ({ upgrades }: Pick<RecordFormat<unknown>, 'upgrades'>): number => upgrades.length;

/** `v` stands first: it is read where nothing else can be. */
export const encodeRecord = <T extends object>(format: RecordFormat<T>, record: T): string =>
  JSON.stringify({ v: versionOf(format), ...record });

/**
 * A record as this version knows it, whatever version wrote it. Keys it does not know stay, and are written again: a later
 * version of the same `v` may have put them there.
 *
 * @param key where it lies, for errors
 * @throws UnreadableRecord, NewerRecord
 */
export function decodeRecord<T>(format: RecordFormat<T>, key: string, written: string): T {
  const { version, fields } = versioned(key, written);
  if (version > versionOf(format)) throw new NewerRecord(key, version, versionOf(format));
  const record = upgraded(format, key, version, fields);
  const misfit = format.shape(record);
  if (misfit) throw new UnreadableRecord(key, `${misfit.path.join('.') || 'the record'} ${misfit.what}`);
  return record as T;
}

function versioned(key: string, written: string): { readonly version: number; readonly fields: Fields } {
  const value = parse(key, written);
  if (!isMap(value)) throw new UnreadableRecord(key, 'it is no map');
  const { v = 0, ...fields } = value;
  if (typeof v === 'number' && Number.isSafeInteger(v) && v >= 0) return { version: v, fields };
  throw new UnreadableRecord(key, 'v is no version');
}

function parse(key: string, written: string): unknown {
  try {
    return JSON.parse(written);
  } catch (cause) {
    throw new UnreadableRecord(key, 'it is no JSON', cause);
  }
}

function upgraded<T>({ upgrades }: RecordFormat<T>, key: string, version: number, fields: Fields): Fields {
  try {
    return upgrades.slice(version).reduce((record, upgrade) => upgrade(record), fields);
  } catch (cause) {
    throw new UnreadableRecord(key, `it is none of version ${version}`, cause);
  }
}
