import type { Node } from '../node.ts';
import { type RecordFormat, SAME } from './format.ts';
import { object, optional, text, word } from './shape.ts';

export const NODE_RECORD: RecordFormat<Node> = {
  upgrades: [SAME],
  shape: object<Node>({
    name: text,
    edge: optional(object<NonNullable<Node['edge']>>({ network: text, subnet: text, gateway: text })),
    availability: word('active', 'draining', 'drained', 'maintenance'),
  }),
};
