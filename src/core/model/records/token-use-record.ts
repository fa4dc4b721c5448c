import type { TokenUse } from '../token-use.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, text } from './shape.ts';

export const TOKEN_USE_RECORD: RecordFormat<TokenUse> = {
  upgrades: [SAME],
  shape: object<TokenUse>({ id: text, at: number, address: text }),
};
