import type { ServiceKey } from '../model/service.ts';
import type { PublishedPort } from '../model/service-spec.ts';
import type { Wanted } from './wanted.ts';

/**
 * What one slot holds of a node, whether its task runs, comes or goes. While one task replaces another on the same node the
 * slot is counted once, with the larger reserve: each deploy would else need room for a second set.
 */
export interface Seat extends Pick<Wanted, 'service' | 'reserve' | 'ports' | 'pins'> {
  /** Id. */
  readonly node: string;
  readonly slot: number;
}

/** Of all tasks of a slot on one node. */
export interface Held {
  readonly memory?: number | undefined;
  readonly nanoCpu?: number | undefined;
  readonly ports: readonly PublishedPort[];
}

export const seatKey = (service: ServiceKey, slot: number): string => `${service}.${slot}`;

/** Whole numbers: their sum does not depend on their order. */
export const toNano = (cores: number): number => Math.round(cores * 1e9);

export function heldWith({ reserve, ports }: Pick<Seat, 'reserve' | 'ports'>, before: Held | undefined): Held {
  return {
    memory: larger(reserve.memory, before?.memory),
    nanoCpu: larger(reserve.cpu === undefined ? undefined : toNano(reserve.cpu), before?.nanoCpu),
    ports: joined(before?.ports ?? [], ports),
  };
}

const larger = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

/** Of two revisions of a service most ports are the same. */
const joined = (some: Held['ports'], more: Held['ports']): Held['ports'] =>
  some.length === 0 ? more : [...some, ...more.filter((port) => !some.some((other) => isSame(port, other)))];

const isSame = (a: PublishedPort, b: PublishedPort): boolean =>
  a.host === b.host && a.protocol === b.protocol && a.address === b.address;
