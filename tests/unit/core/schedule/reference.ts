import type { NodeView } from '../../../../src/core/schedule/node-view.ts';
import type { Seat } from '../../../../src/core/schedule/seat.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';

/**
 * Placing as it is meant, without a thought for time: all of it is counted anew for each slot and each node. For services
 * without host ports on nodes whose capacity is known; every seat has a reserve.
 */
export function placeNaively(
  wanted: Wanted,
  slots: readonly number[],
  nodes: readonly NodeView[],
  seats: readonly Seat[],
): ReadonlyMap<number, string | undefined> {
  let all = seats;
  const placed = new Map<number, string | undefined>();
  for (const slot of slots) {
    const fitting = nodes.filter((node) => takes(wanted, slot, node, all));
    const own = (node: NodeView) => isSeated(all, wanted, slot, node);
    const better = (a: NodeView, b: NodeView) =>
      byFirst(
        [own(a) ? 0 : 1, ...standing(wanted, slot, nodes, a, all)],
        [own(b) ? 0 : 1, ...standing(wanted, slot, nodes, b, all)],
      ) || (a.id < b.id ? -1 : 1);
    // Several seats of one slot: the first by id.
    const [best] = fitting.some(own)
      ? fitting.filter(own).sort((a, b) => (a.id < b.id ? -1 : 1))
      : fitting.sort(better);
    placed.set(slot, best?.id);
    if (best) all = [...all, { ...wanted, node: best.id, slot }];
  }
  return placed;
}

export function takes(wanted: Wanted, slot: number, node: NodeView, seats: readonly Seat[]): boolean {
  if (node.status !== 'ready' || node.availability !== 'active') return false;
  if (wanted.isServed && node.unserved !== undefined) return false;
  const { node: name, labels = {} } = wanted.placement;
  if (name !== undefined && node.name !== name && node.id !== name) return false;
  if (Object.entries(labels).some(([label, value]) => node.labels[label] !== value)) return false;
  if (wanted.image?.failed.has(node.id)) return false;
  const isElsewhere = (volume: string) => {
    const on = seats.filter(({ pins }) => pins.includes(volume)).map((seat) => seat.node);
    return on.length > 0 && !on.includes(node.id);
  };
  if (wanted.pins.some(isElsewhere)) return false;
  const own = seats.filter((seat) => seat.node === node.id && seat.service === wanted.service && seat.slot === slot);
  return (['memory', 'cpu'] as const).every((what) => {
    const needs = wanted.reserve[what] ?? 0;
    if (needs <= Math.max(0, ...own.map(({ reserve }) => reserve[what] ?? 0))) return true;
    const others = heldOn(
      node,
      what,
      seats.filter((seat) => !own.includes(seat)),
    );
    return others + needs <= (node.capacity?.[what] ?? Number.POSITIVE_INFINITY);
  });
}

/** What slots hold of a node, each by its largest seat. */
export function heldOn(node: NodeView, what: 'memory' | 'cpu', seats: readonly Seat[]): number {
  const slots = Map.groupBy(
    seats.filter((seat) => seat.node === node.id),
    ({ service, slot }) => `${service} ${slot}`,
  );
  return [...slots.values()].reduce((sum, of) => sum + Math.max(...of.map(({ reserve }) => reserve[what] ?? 0)), 0);
}

const isSeated = (seats: readonly Seat[], { service }: Wanted, slot: number, node: NodeView): boolean =>
  seats.some((seat) => seat.service === service && seat.slot === slot && seat.node === node.id);

/** The lower the better, the first that differs decides. */
function standing(
  wanted: Wanted,
  slot: number,
  nodes: readonly NodeView[],
  node: NodeView,
  seats: readonly Seat[],
): readonly number[] {
  const slotsOn = (on: readonly NodeView[], of: (seat: Seat) => boolean) =>
    on.reduce(
      (sum, one) =>
        sum +
        new Set(seats.filter((seat) => seat.node === one.id && of(seat)).map((seat) => `${seat.service} ${seat.slot}`))
          .size,
      0,
    );
  const { spread } = wanted.placement;
  const alike = spread === undefined ? [] : nodes.filter((one) => one.labels[spread] === node.labels[spread]);
  const { memory, cpu } = node.capacity ?? { memory: 1, cpu: 1 };
  const fullness = Math.max(heldOn(node, 'memory', seats) / memory, heldOn(node, 'cpu', seats) / cpu);
  return [
    slotsOn([node], (seat) => seat.service === wanted.service),
    slotsOn(alike, (seat) => seat.service === wanted.service && seat.slot !== slot),
    Math.floor(fullness * 20),
    wanted.image && !wanted.image.on.has(node.id) ? 1 : 0,
    slotsOn([node], () => true),
  ];
}

function byFirst(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
