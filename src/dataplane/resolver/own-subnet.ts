import { networkInterfaces } from 'node:os';
import { contains } from '../../core/route/addresses.ts';

/**
 * The IPv4 subnet of the interface that has an address, `10.208.0.0/20` or any address of it with its prefix; undefined while
 * no interface has it. It is the machine's own word: it holds before there is a table, and whatever is in one.
 */
export function createOwnSubnet(address: string, interfaces = networkInterfaces): () => string | undefined {
  let known: string | undefined;
  return () => {
    known ??= find(address, Object.values(interfaces()).flat());
    return known;
  };
}

/** Loopback has all of its subnet, and tells one address of it. */
function find(own: string, places: readonly Place[]): string | undefined {
  const subnets = places.flatMap((place) => (place?.family === 'IPv4' ? [place] : []));
  const found = subnets.find(({ address }) => address === own) ?? subnets.find(({ cidr }) => contains(cidr ?? '', own));
  return found?.cidr ?? undefined;
}

type Place = { readonly address: string; readonly family: string; readonly cidr: string | null } | undefined;
