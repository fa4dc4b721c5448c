import { OrcaError } from '../../errors.ts';

/** A stored record that cannot be used. Only what it is about must stand still for it. */
export class UnreadableRecord extends OrcaError {
  /** Where it lies. */
  readonly key: string;

  /** @param what is wrong with it */
  constructor(key: string, what: string, cause?: unknown, hint = RESTORE) {
    super('unavailable', `the store's record ${key} cannot be read: ${what}`, { cause, hint, details: { key } });
    this.key = key;
  }
}

/** A record of a version that is yet to come: what it means is not guessed. */
export class NewerRecord extends UnreadableRecord {
  constructor(key: string, version: number, known: number) {
    super(key, `a newer orca wrote it (version ${version}, this one knows ${known})`, undefined, START_NEWER);
  }
}

const RESTORE = 'restore the data folder from a backup; orca does not change the record';
const START_NEWER = 'start that newer orca again, or restore the data folder as it was before it ran';
