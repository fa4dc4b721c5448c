import { NO_TRAFFIC, sum, type Traffic } from './traffic.ts';

/** Traffic by minute, of the clock of whoever was told it. In the order of the minutes; minutes without any are left out. */
export type Windows = readonly Window[];

interface Window {
  /** Of a clock that is never set. */
  readonly minute: number;
  readonly traffic: Traffic;
}

/** How long windows are kept, minutes. */
export const KEPT_MINUTES = 60;

const MINUTE = 60_000;

export const minuteOf = (ms: number): number => Math.floor(ms / MINUTE);

/** How many minutes have begun within the last `age` ms, the one that runs included: 0 if that began earlier. At most those that are kept. */
export const minutesWithin = (ms: number, age: number): number =>
  Math.max(0, Math.min(KEPT_MINUTES, minuteOf(ms) - minuteOf(ms - age)));

/** How long ago the first of the last `minutes` began, the one that runs included, ms. */
export const ageOf = (ms: number, minutes: number): number =>
  minutes === 0 ? 0 : ms - (minuteOf(ms) - minutes + 1) * MINUTE;

/** @param minute not before the last one */
export function addTo(windows: Windows, minute: number, traffic: Traffic): Windows {
  const last = windows.at(-1);
  return last?.minute === minute
    ? [...windows.slice(0, -1), { minute, traffic: sum(last.traffic, traffic) }]
    : [...recent(windows, minute, KEPT_MINUTES), { minute, traffic }];
}

/** Of the minute that runs and the whole ones before it, `minutes` in all: the same ones for whoever is asked at one time. */
export const overLast = (windows: Windows, minute: number, minutes: number): Traffic =>
  recent(windows, minute, minutes).reduce((all, { traffic }) => sum(all, traffic), NO_TRAFFIC);

export const recent = (windows: Windows, minute: number, minutes: number): Windows =>
  windows.filter((window) => window.minute > minute - minutes);
