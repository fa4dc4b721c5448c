import type { NodeAuthority } from '../node-authority.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, text } from './shape.ts';

/** Version 0 was never written. */
export const NODE_AUTHORITY_RECORD: RecordFormat<NodeAuthority> = {
  upgrades: [SAME],
  shape: object<NodeAuthority>({ id: text, certificate: text, key: text, createdAt: number }),
};
