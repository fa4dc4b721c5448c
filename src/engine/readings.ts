import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import type { ContainerView } from '../core/model/container.ts';
import { toContainerView } from './container-view.ts';

/** What was read of containers last. Most run for long, and nothing of them changes: a list says so of all at once. */
export interface Readings {
  /** @param at when it was asked for, ms of `performance.now()` */
  keep(name: string, info: ContainerInspectInfo | undefined, at: number): void;
  /** What was read of a container that is listed, if it must be so still; undefined if that has to be asked for. */
  still(name: string, listed: ContainerInfo, now: number): ContainerView | undefined;
  /** Those that are not listed any more are forgotten. */
  keepOnly(names: ReadonlySet<string>): void;
  reset(): void;
}

/** Less than the minute that a list tells of at least: whatever ran for that long was not started since. */
const GOOD_FOR = 35_000;

export function createReadings(): Readings {
  const known = new Map<string, { readonly view: ContainerView; readonly at: number }>();
  return {
    keep: (name, info, at) => void (info ? known.set(name, { view: toContainerView(info), at }) : known.delete(name)),
    still(name, { Id, State, Status }, now) {
      const { view, at } = known.get(name) ?? {};
      if (view === undefined || at === undefined || now - at >= GOOD_FOR) return undefined;
      const isSame = view.id === Id && view.state === 'running' && State === 'running';
      // Misses of an image's check are told by nothing else.
      return isSame && view.check === undefined && hasRunForMinutes(Status) ? view : undefined;
    },
    keepOnly: (names) => {
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    },
    reset: () => known.clear(),
  };
}

/** Docker's words: `Up 59 seconds`, `Up About a minute`, `Up 2 minutes`, `Up About an hour`, `Up 3 days`. */
const hasRunForMinutes = (status: string): boolean =>
  /^Up (About an? (minute|hour)|\d+ (minutes|hours|days|weeks|months|years))\b/.test(status);
