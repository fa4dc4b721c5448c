import type { JoinSecret } from '../join-secret.ts';
import { type RecordFormat, SAME } from './format.ts';
import { flag, number, object, optional, text } from './shape.ts';

/** Version 0 was never written. */
export const JOIN_SECRET_RECORD: RecordFormat<JoinSecret> = {
  upgrades: [SAME],
  shape: object<JoinSecret>({
    id: text,
    digest: text,
    reusable: flag,
    createdAt: number,
    expiresAt: number,
    createdBy: text,
    used: optional(object<NonNullable<JoinSecret['used']>>({ node: text, key: text, at: number })),
  }),
};
