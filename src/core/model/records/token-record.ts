import { ROLES, type TokenRecord } from '../token.ts';
import { type RecordFormat, SAME } from './format.ts';
import { list, number, object, optional, text, word } from './shape.ts';

export const TOKEN_RECORD: RecordFormat<TokenRecord> = {
  upgrades: [SAME],
  shape: object<TokenRecord>({
    id: text,
    name: text,
    digest: text,
    role: word(...ROLES),
    projects: optional(list(text)),
    expiresAt: optional(number),
    createdAt: number,
    createdBy: optional(text),
  }),
};
