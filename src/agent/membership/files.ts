import { join } from 'node:path';

/** Where a node keeps that it is one: `DIR/node`, its owner's alone. */
export interface NodeFiles {
  readonly folder: string;
  /** Private key of the certificate: PKCS #8, PEM. */
  readonly key: string;
  /** Of the certificate that was asked for last; it takes the place of `key` once that one is there. */
  readonly nextKey: string;
  readonly id: string;
  readonly certificate: string;
  /** All CAs in force, PEM. */
  readonly ca: string;
  /** Written last when a node joins: there is no membership without it. */
  readonly membership: string;
  /** The highest that a master has greeted it with. */
  readonly term: string;
  /** There, if a master has run and answered a container. */
  readonly checked: string;
  /** What a master told last of the edge network here. */
  readonly edge: string;
  /** Copies of the logs of containers that are gone. */
  readonly logs: string;
  /** What the agent tells of itself to this machine. */
  readonly socket: string;
  readonly log: string;
}

/** @param data the data folder */
export function nodeFiles(data: string): NodeFiles {
  const folder = join(data, 'node');
  return {
    folder,
    key: join(folder, 'node.key'),
    nextKey: join(folder, 'node.key.next'),
    id: join(folder, 'node.id'),
    certificate: join(folder, 'node.crt'),
    ca: join(folder, 'ca.crt'),
    membership: join(folder, 'node.json'),
    term: join(folder, 'term'),
    checked: join(folder, 'checked'),
    edge: join(folder, 'edge.json'),
    logs: join(folder, 'logs'),
    socket: join(folder, 'agent.sock'),
    log: join(folder, 'agent.log'),
  };
}
