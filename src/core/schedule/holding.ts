import { type Held, heldWith, type Seat, seatKey, toNano } from './seat.ts';

/** The seats of one node, summed up. */
export interface Holding {
  /** Bytes, and billionths of a core. */
  readonly memory: number;
  readonly nanoCpu: number;
  /** The same, with a guess for what reserves nothing: nodes are compared by it. */
  readonly weight: { readonly memory: number; readonly nanoCpu: number };
  /** By `seatKey`. */
  readonly seats: ReadonlyMap<string, Held>;
}

/** What a task that reserves nothing is taken to need. */
const GUESS = { memory: 128 * 1024 ** 2, nanoCpu: toNano(0.1) };

/** One that can be added to. */
export interface OpenHolding extends Holding {
  memory: number;
  nanoCpu: number;
  readonly weight: { memory: number; nanoCpu: number };
  readonly seats: Map<string, Held>;
}

export const emptyHolding = (): OpenHolding => ({
  memory: 0,
  nanoCpu: 0,
  weight: { memory: 0, nanoCpu: 0 },
  seats: new Map(),
});

export const copyOf = ({ weight, seats, ...sums }: Holding): OpenHolding => ({
  ...sums,
  weight: { ...weight },
  seats: new Map(seats),
});

/** Adds a seat in place; true if its slot had none there. */
export function addTo(holding: OpenHolding, seat: Seat): boolean {
  const key = seatKey(seat.service, seat.slot);
  const before = holding.seats.get(key);
  const after = heldWith(seat, before);
  holding.seats.set(key, after);
  count(holding, after, 1);
  if (before) count(holding, before, -1);
  return before === undefined;
}

function count(holding: OpenHolding, { memory, nanoCpu }: Held, sign: 1 | -1): void {
  holding.memory += sign * (memory ?? 0);
  holding.nanoCpu += sign * (nanoCpu ?? 0);
  holding.weight.memory += sign * (memory ?? GUESS.memory);
  holding.weight.nanoCpu += sign * (nanoCpu ?? GUESS.nanoCpu);
}
