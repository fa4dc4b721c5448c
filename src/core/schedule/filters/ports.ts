import { collide } from '../../claims/claim.ts';
import { seatKey } from '../seat.ts';
import type { Filter } from './filter.ts';

/** A host port is once on each node. Whose it is is not told: it may be another project's. */
export const ports: Filter = ({ wanted, slot, ledger, cluster }, node) => {
  if (wanted.ports.length === 0) return undefined;
  const own = seatKey(wanted.service, slot);
  for (const [key, held] of ledger.holding(cluster.numberOf(node.id) ?? -1).seats) {
    if (key === own || held.ports.length === 0) continue;
    const taken = wanted.ports.find((port) => held.ports.some((other) => collide(port, other)));
    if (taken) return { rule: `port ${taken.host}`, why: `its port ${taken.host}/${taken.protocol} is taken` };
  }
  return undefined;
};
