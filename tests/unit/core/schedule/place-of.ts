import { serviceKey } from '../../../../src/core/model/service.ts';
import type { NodeView } from '../../../../src/core/schedule/node-view.ts';
import type { Seat } from '../../../../src/core/schedule/seat.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';

export const MI = 1024 ** 2;

/** A node of 1 GiB and 4 cores that takes tasks, and what a test wants of it. */
export const node = (id: string, wish: Partial<NodeView> = {}): NodeView => ({
  id,
  name: `node-${id}`,
  availability: 'active',
  status: 'ready',
  labels: {},
  capacity: { memory: 1024 * MI, cpu: 4 },
  ...wish,
});

/** A service that asks for nothing, and what a test wants of it. */
export const wanted = (name: string, wish: Partial<Wanted> = {}): Wanted => ({
  service: serviceKey('shop', name),
  name,
  reserve: {},
  ports: [],
  isServed: false,
  pins: [],
  placement: {},
  ...wish,
});

export const seat = (service: Wanted, on: string, slot = 1): Seat => ({ ...service, node: on, slot });

export const slots = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
