import type { Node, NodeCertificate, NodeIdentity, NodeNetwork, NodeRelay } from '../node.ts';
import { type RecordFormat, SAME } from './format.ts';
import { flag, list, map, number, object, optional, text, word } from './shape.ts';

export const NODE_RECORD: RecordFormat<Node> = {
  upgrades: [SAME, (record) => ({ id: record['name'], ...record })],
  shape: object<Node>({
    id: text,
    name: text,
    labels: optional(map(text)),
    joined: optional(
      object<NodeIdentity>({
        at: number,
        address: text,
        certificates: list(
          object<NodeCertificate>({ key: text, authorities: list(text), from: number, until: number }),
        ),
      }),
    ),
    edge: optional(object<NonNullable<Node['edge']>>({ network: text, subnet: text, gateway: text })),
    networks: optional(map(object<NodeNetwork>({ network: text, subnet: text }))),
    address: optional(text),
    relay: optional(object<NodeRelay>({ port: number, address: optional(text), master: optional(text) })),
    ingress: optional(flag),
    availability: word('active', 'draining', 'drained', 'maintenance'),
  }),
};
