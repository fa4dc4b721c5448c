import type { Node, NodeNetwork } from '../node.ts';
import { type RecordFormat, SAME } from './format.ts';
import { map, object, optional, text, word } from './shape.ts';

export const NODE_RECORD: RecordFormat<Node> = {
  upgrades: [SAME],
  shape: object<Node>({
    name: text,
    edge: optional(object<NonNullable<Node['edge']>>({ network: text, subnet: text, gateway: text })),
    networks: optional(map(object<NodeNetwork>({ network: text, subnet: text }))),
    availability: word('active', 'draining', 'drained', 'maintenance'),
  }),
};
