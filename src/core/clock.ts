/**
 * Each process has a clock of its own, and no two agree. A plain number of epoch ms is a time of the clock of the process that
 * handles it; a time of another one's clock is none that it can reckon with, and has a type that tsc refuses to compare,
 * subtract or mix. Two of the same clock may be equal; what else may be done with them is here.
 */
declare const engine: unique symbol;
declare const plane: unique symbol;

/** A time of a Docker engine's clock: when a container started or ended. In records and messages a number. */
export interface EngineTime {
  readonly [engine]: 'time';
}

/** A time of a data plane's clock. In messages a number. */
export interface PlaneTime {
  readonly [plane]: 'time';
}

/** @param ms epoch ms, as the engine told it */
export const engineTime = (ms: number): EngineTime => ms as unknown as EngineTime;

/** @param ms epoch ms, as the data plane told it, or of its own clock */
export const planeTime = (ms: number): PlaneTime => ms as unknown as PlaneTime;

/** How long it was from one time to a later one of the same clock, ms: a duration is the same on every clock. Never less than 0. */
export const between = (since: PlaneTime, until: PlaneTime): number =>
  Math.max(0, (until as unknown as number) - (since as unknown as number));

/** Whether one time was before another one of the same engine's clock. */
export const isBefore = (a: EngineTime, b: EngineTime): boolean => (a as unknown as number) < (b as unknown as number);

/** For a person who reads it, and for nothing else. Epoch ms. */
export const forPeople = (time: EngineTime | PlaneTime): number => time as unknown as number;

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

export const isEngineTime = (value: unknown): value is EngineTime => isNumber(value);
export const isPlaneTime = (value: unknown): value is PlaneTime => isNumber(value);
