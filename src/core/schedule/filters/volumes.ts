import type { Filter } from './filter.ts';

/** Tasks go where the data of their volumes are; a volume that is nowhere yet may be made on any node. */
export const volumes: Filter = ({ wanted, ledger, cluster }, node) => {
  for (const volume of wanted.pins) {
    const on = ledger.pinned(volume);
    if (on.size === 0 || on.has(node.id)) continue;
    const names = [...on].map((id) => cluster.node(id)?.name ?? `${id}, which is no node any more`).sort();
    return { rule: `volume ${volume}`, why: `the volume ${volume} is on ${names.join(' and ')}` };
  }
  return undefined;
};
