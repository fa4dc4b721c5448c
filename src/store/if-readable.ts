import { UnreadableRecord } from '../core/model/records/unreadable.ts';

/** Undefined where the record cannot be read: for those who tell of many, or of what another service has. */
export const ifReadable = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((error: unknown) => {
    if (error instanceof UnreadableRecord) return undefined;
    throw error;
  });
