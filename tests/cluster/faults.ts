import type { FromDataPlane } from '../../src/core/route/protocol.ts';

/** What is wrong with the world at the moment; a test sets it as it goes. */
export interface Faults {
  /** Events of containers that never arrive, or arrive so much later, ms. */
  events: 'lost' | number;
  /** The engine answers nobody. Containers run on. */
  engineAway: boolean;
  /** The engine takes no new connection, and answers on those that it has. */
  engineStops: boolean;
  /** Containers whose inspection hangs, and which the list does not tell of. */
  readonly stuck: Set<string>;
  /** A pull fails, or takes so long, ms. */
  pull: 'fails' | number;
  /** How long a worker of the data plane takes to use a table that it was given, ms. */
  acknowledgement: number;
  /** How long a request is in flight after its target has left the table, ms; 0: none happens to be when it is counted. */
  request: number;
  /** What its data plane says in the place of what it means to say: a machine that somebody else has. */
  lie: ((said: FromDataPlane) => FromDataPlane) | undefined;
  /** Each call of the engine takes up to this, ms. */
  call: number;
}

export const noFaults = (): Faults => ({
  events: 2,
  engineAway: false,
  engineStops: false,
  stuck: new Set(),
  pull: 300,
  acknowledgement: 15,
  request: 200,
  lie: undefined,
  call: 30,
});
