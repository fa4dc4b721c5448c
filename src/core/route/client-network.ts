const GROUPS = 8;
/** Of an IPv6 network that one customer has: 64 bits. */
const NETWORK_GROUPS = 4;

/**
 * Whom an address belongs to, as far as it says: an IPv4 address is itself; of an IPv6 address the network of 64 bits counts, as
 * a client changes the rest by the day (RFC 8981).
 * @param address a valid one, in any spelling; anything else stays as it is
 */
export function clientNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const embedded = address.slice(address.lastIndexOf(':') + 1);
  if (embedded.includes('.')) return embedded;
  const groups = groupsOf(address);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return mapped(groups);
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.toString(16))
    .join(':');
}

/** `::` stands for as many zeros as are missing (RFC 4291 section 2.2). */
function groupsOf(address: string): readonly number[] {
  const [head = [], tail = []] = address.split('::', 2).map(readGroups);
  const missing = Math.max(0, GROUPS - head.length - tail.length);
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

const readGroups = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':', GROUPS).map((group) => Number.parseInt(group, 16));

/** `::ffff:c000:201` is 192.0.2.1 on a socket for both. */
const mapped = ([, , , , , , high = 0, low = 0]: readonly number[]): string =>
  [high >> 8, high & 255, low >> 8, low & 255].join('.');
