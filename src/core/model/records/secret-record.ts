import type { Secret, SecretVersion } from '../secret.ts';
import { type RecordFormat, SAME } from './format.ts';
import { list, mark, number, object, text } from './shape.ts';

/** Version 0 was never written. */
export const SECRET_RECORD: RecordFormat<Secret> = {
  upgrades: [SAME],
  shape: object<Secret>({
    scope: text,
    key: text,
    latest: number,
    grants: list(text),
    updatedAt: number,
    updatedBy: text,
    removed: mark,
  }),
};

export const SECRET_VERSION_RECORD: RecordFormat<SecretVersion> = {
  upgrades: [SAME],
  shape: object<SecretVersion>({
    scope: text,
    key: text,
    number,
    value: text,
    fingerprint: text,
    createdAt: number,
    createdBy: text,
    revoked: mark,
  }),
};
