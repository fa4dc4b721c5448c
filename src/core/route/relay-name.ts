const RELAY_DOMAIN = '.relay.orca.internal';

/**
 * The name (SAN) that the certificate of a node's data plane has for requests from node to node. Those for the wire have others:
 * neither opens the other's port.
 */
export const relayName = (node: string): string => `${node}${RELAY_DOMAIN}`;

/** Undefined for a certificate that is for something else. */
export const nodeOfName = (name: unknown): string | undefined =>
  typeof name === 'string' && name.endsWith(RELAY_DOMAIN) ? name.slice(0, -RELAY_DOMAIN.length) : undefined;
