import { formatSize } from '../../format-size.ts';
import { formatCpu } from '../../units.ts';
import type { Refusal } from '../refusal.ts';
import { seatKey, toNano } from '../seat.ts';
import type { Filter } from './filter.ts';

/** What is reserved on a node is no more than it has. A slot that is there already, and wants no more than before, stays. */
export const resources: Filter = ({ wanted: { reserve, service }, slot, ledger, cluster }, node) => {
  const { capacity } = node;
  if (!capacity) return undefined;
  const holding = ledger.holding(cluster.numberOf(node.id) ?? -1);
  const own = holding.seats.get(seatKey(service, slot));
  const memory = { wanted: reserve.memory ?? 0, own: own?.memory ?? 0, held: holding.memory, has: capacity.memory };
  const cpu = {
    wanted: toNano(reserve.cpu ?? 0),
    own: own?.nanoCpu ?? 0,
    held: holding.nanoCpu,
    has: toNano(capacity.cpu),
  };
  if (isShort(memory)) return short('memory', memory, formatSize);
  return isShort(cpu) ? short('CPU', cpu, (nano) => formatCores(nano / 1e9)) : undefined;
};

interface Measure {
  readonly wanted: number;
  /** By the same slot. */
  readonly own: number;
  readonly held: number;
  readonly has: number;
}

const isShort = ({ wanted, own, held, has }: Measure): boolean => wanted > own && held - own + wanted > has;

function short(what: string, { wanted, own, held, has }: Measure, format: (value: number) => string): Refusal {
  const left = Math.max(0, has - held + own);
  const say = (most: string) =>
    `not enough ${what} (${format(wanted)} wanted, ${most}${format(left)} of ${format(has)} not reserved)`;
  return { rule: what, why: say(''), short: { left, atMost: say('at most ') } };
}

const formatCores = (cores: number): string =>
  `${formatCpu(Math.round(cores * 100) / 100)} ${cores === 1 ? 'core' : 'cores'}`;
