import { contains, nextAddress } from '../route/addresses.ts';

/**
 * Addresses of services, one for each, the same on every node. No network has them: each node's kernel takes them for its own, and
 * its data plane answers there. At the end of the pool that subnets of networks are taken from at its beginning.
 */
export const SERVICE_ADDRESSES = '10.223.192.0/18';

/** Ports of a service that are carried between nodes, at most: each takes a listening socket in every worker. */
export const MOST_CARRIED_PORTS = 16;

export const isServiceAddress = (address: string): boolean => contains(SERVICE_ADDRESSES, address);

/** One that nobody has; undefined: there is none. */
export const freeServiceAddress = (taken: ReadonlySet<string>): string | undefined =>
  nextAddress(SERVICE_ADDRESSES, taken);

/**
 * Where a data plane listens in place of a port. It may not listen below 1024, and a program of the machine that listens on a port at
 * all addresses has this one, too. So the machine moves what comes to a service's address by these rules: ports of 16 spans, each
 * onto the same one, which lies above those that the kernel gives out by itself.
 */
const SPAN = 4096;
const FIRST = 61_000;
const LAST_PORT = 65_535;

export const carriedAt = (port: number): number => FIRST + ((port - 1) % SPAN);

export interface PortShift {
  readonly from: number;
  readonly to: number;
  /** Where `from` is moved to; those after it likewise. */
  readonly onto: number;
  readonly ontoLast: number;
}

/** Of all ports there are. */
export const PORT_SHIFTS: readonly PortShift[] = Array.from({ length: 16 }, (_, span) => {
  const from = 1 + span * SPAN;
  const to = Math.min(LAST_PORT, from + SPAN - 1);
  return { from, to, onto: carriedAt(from), ontoLast: carriedAt(to) };
});

/** What is carried of the ports that a service has: the declared ones first, each listening place once. */
export function carriedPorts(declared: readonly number[], exposed: readonly number[]): readonly number[] {
  const byPlace = new Map<number, number>();
  const others = [...exposed].sort((a, b) => a - b);
  for (const port of [...declared, ...others])
    if (byPlace.size < MOST_CARRIED_PORTS && !byPlace.has(carriedAt(port))) byPlace.set(carriedAt(port), port);
  return [...byPlace.values()].sort((a, b) => a - b);
}
