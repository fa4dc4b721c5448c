import { isDeepStrictEqual } from 'node:util';
import {
  type ContainerView,
  LABEL,
  type ObservedContainer,
  type ObservedEnding,
  type UnreadContainer,
} from '../../core/model/container.ts';
import { type ServiceKey, serviceKey } from '../../core/model/service.ts';
import { seenContainer } from '../../core/rollout/arrival.ts';
import type { EngineBegan } from '../../core/rollout/observed.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Log } from '../../telemetry/log.ts';
import { every } from '../loop.ts';
import type { Placed } from '../world.ts';

export interface Observer {
  /** 'unknown' while the engine, or this one container, cannot be read. */
  container(name: string): ObservedContainer | 'unknown' | undefined;
  /** As it was seen last, though it may be unknown now. */
  lastSeen(name: string): ObservedContainer | undefined;
  /** Why this one container cannot be read, while its engine can. */
  unread(name: string): string | undefined;
  containers(): readonly ObservedContainer[] | undefined;
  /** Since when the engine has been read without a gap. */
  since(): number | undefined;
  /** When it itself began; undefined where that is not known. */
  began(): EngineBegan | undefined;
  /** Why it cannot be read. */
  down(): string | undefined;
  /** A container was just created: known from now on, before any event or list shows it. */
  created(name: string, id: string, labels: Readonly<Record<string, string>>): void;
  /**
   * Looks at one container now: after a step nobody has to wait for its event. Begun after this call, once for all who ask
   * meanwhile.
   *
   * @param isEnough true for what the event may have shown already, so that no other look is needed
   */
  look(
    name: string,
    isEnough?: (view: ObservedContainer | undefined) => boolean,
  ): Promise<ObservedContainer | undefined>;
  run(signal: AbortSignal): Promise<void>;
}

/** Of all nodes: told of what was done to a task, so that the next plan knows. */
export interface Watching {
  created(task: Placed, id: string, labels: Readonly<Record<string, string>>): void;
  look(
    task: Placed,
    isEnough?: (view: ObservedContainer | undefined) => boolean,
  ): Promise<ObservedContainer | undefined>;
}

export interface ObserverOptions {
  readonly engine: Pick<Engine, 'list' | 'inspect' | 'watch' | 'reach' | 'began'>;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  readonly log: Log;
  readonly onChange: (key: ServiceKey) => void;
  /** The engine went away or came back: everything may have changed. A list in between tells of what it shows anew, by `onChange`. */
  readonly onReset: () => void;
}

const LIST_EVERY = 10_000;
/** While it cannot be read. */
const RETRY_EVERY = 1_000;
/** That are remembered to have been told. */
const REASONS = 20;

/**
 * What the engine shows, kept by its events *and* a list every 10 s: an event may be lost, a list may be late.
 * While the engine does not answer nothing is known, which is not the same as nothing being there.
 */
export function createObserver({ engine, clock, steady, log, onChange, onReset }: ObserverOptions): Observer {
  let seen = new Map<string, ObservedContainer>();
  /** Those that the engine does not tell of, and why; what `seen` has of them is what was seen last. */
  let unread = new Map<string, string>();
  let since: number | undefined;
  let down: string | undefined = 'the engine has not been read yet';
  let listing: Promise<void> | undefined;
  /** Looked at while a list was under way: later than the list, so it wins. */
  const looked = new Map<string, ObservedContainer | undefined>();
  /** One at a time for each name, so that the one answered last is the newest. */
  const looking = new Map<string, Promise<void>>();
  /** Exit codes as events told them, of containers that are there. */
  const exits = new Map<string, number>();
  let looks = 0;
  /** Looks begun before the last list are older than what it said. */
  let listedAt = 0;
  let began: EngineBegan | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  /** Why it could not be read since it was read last. */
  const told = new Set<string>();

  const noticed = (view: ContainerView) => {
    const { [LABEL.project]: project, [LABEL.service]: service } = view.labels;
    if (project && service) onChange(serviceKey(project, service));
  };

  const lost = (error: Error) => {
    // Once for each reason until it can be read: a retry that fails alike is no news.
    const isNews = !told.has(error.message);
    if (isNews) log.warn({ err: error }, `the engine cannot be read: ${error.message}`);
    if (told.size >= REASONS) told.clear();
    told.add(error.message);
    const wasRead = since !== undefined;
    since = undefined;
    down = error.message;
    if (isNews || wasRead) onReset();
  };

  const arrive = (name: string, view: ContainerView, known = seen.get(name), at = clock.now()): ObservedContainer => {
    const found = seenContainer(view, known, at, exits.get(name));
    // An exit code is of one end: what was told of this one is not taken for the next.
    if (isNewEnd(found.lastEnd, known?.lastEnd)) exits.delete(name);
    // The same object while it is as it was: what is made of it need not be made again.
    return known && isDeepStrictEqual(known, found) ? known : found;
  };

  const keep = (name: string, view: ObservedContainer | undefined) => {
    if (unread.delete(name)) log.info({ container: name }, 'a container can be read again');
    if (view) seen.set(name, view);
    else forget(name);
  };

  const forget = (name: string) => {
    seen.delete(name);
    exits.delete(name);
  };

  const cannotRead = (name: string, why: string) => {
    if (!unread.has(name)) log.warn({ container: name, reason: why }, 'a container cannot be read');
    unread.set(name, why);
  };

  const take = (listed: readonly (ContainerView | UnreadContainer)[], at: number) => {
    const before = seen;
    const names = new Set(listed.map(({ name }) => name));
    seen = new Map();
    for (const name of exits.keys()) if (!names.has(name)) exits.delete(name);
    unread = new Map([...unread].filter(([name]) => names.has(name)));
    for (const one of listed) {
      const known = before.get(one.name);
      if (!('unread' in one)) keep(one.name, arrive(one.name, one, known, at));
      else {
        seen.set(one.name, seenContainer(lastViewOf(one, known), known, at));
        cannotRead(one.name, one.unread);
      }
    }
  };

  const arrived = (at: number) => {
    log.info({ containers: seen.size }, 'the engine is read');
    since = at;
    down = undefined;
    told.clear();
    onReset();
  };

  /** What the list has shown to be otherwise, as it is or was: most lists only repeat what events have told. */
  const changes = (before: typeof seen, unreadBefore: typeof unread): readonly ContainerView[] => {
    const names = new Set([...before.keys(), ...seen.keys()]);
    return [...names].flatMap((name) => {
      const [was, is] = [before.get(name), seen.get(name)];
      const isSame = (was === is || isDeepStrictEqual(was, is)) && unreadBefore.get(name) === unread.get(name);
      const view = is ?? was;
      return isSame || view === undefined ? [] : [view];
    });
  };

  const list = async () => {
    try {
      looked.clear();
      const begun = looks;
      const listed = await engine.list();
      if (listed.some((one) => hasNewlyEnded(one, seen.get(one.name)))) await engine.reach();
      if (since === undefined) began = await readBegan();
      const at = clock.now();
      const before = seen;
      const unreadBefore = unread;
      take(listed, at);
      listedAt = begun;
      for (const [name, view] of looked) keep(name, view);
      looked.clear();
      if (since === undefined) arrived(at);
      else for (const view of changes(before, unreadBefore)) noticed(view);
    } catch (error) {
      lost(error as Error);
    }
  };

  const readBegan = async (): Promise<EngineBegan | undefined> => {
    const told = await engine.began().catch(() => undefined);
    return told && { at: told.at, since: clock.now() - told.ago };
  };

  const relist = () => {
    listing ??= list().finally(() => {
      listing = undefined;
    });
    return listing;
  };

  const inspect = async (name: string) => {
    looks += 1;
    const ticket = looks;
    const view = await engine.inspect(name);
    if (view && hasNewlyEnded(view, seen.get(name))) await engine.reach();
    if (ticket > listedAt) believe(name, view);
  };

  const begin = (name: string): Promise<void> => {
    const work = inspect(name)
      .catch((error: Error) => {
        // The list decides whether it is the engine that cannot be read, or this container.
        if (!unread.has(name)) void relist();
        cannotRead(name, error.message);
        const known = seen.get(name);
        if (known) noticed(known);
        throw error;
      })
      .finally(() => looking.delete(name));
    looking.set(name, work);
    return work;
  };

  const look: Observer['look'] = async (name, isEnough = () => false) => {
    const earlier = looking.get(name);
    await earlier?.catch(() => {});
    if (!isEnough(seen.get(name))) await (looking.get(name) ?? begin(name));
    return seen.get(name);
  };

  const believe = (name: string, view: ContainerView | undefined) => {
    const before = seen.get(name);
    const found = view && arrive(name, view);
    if (listing) looked.set(name, found);
    keep(name, found);
    const changed = found ?? before;
    if (changed) noticed(changed);
  };

  return {
    container: (name) => (since === undefined || unread.has(name) ? 'unknown' : seen.get(name)),
    lastSeen: (name) => seen.get(name),
    unread: (name) => (since === undefined ? undefined : unread.get(name)),
    containers: () => (since === undefined ? undefined : [...seen.values()]),
    since: () => since,
    began: () => began,
    down: () => down,
    look,
    created: (name, id, labels) => {
      if (seen.has(name)) return;
      const view = arrive(name, { id, name, labels, state: 'created', oomKilled: false, restarts: 0 });
      if (listing) looked.set(name, view);
      keep(name, view);
    },
    run: async (signal) => {
      const onEvent = (name: string, exitCode?: number) => {
        if (exitCode !== undefined) exits.set(name, exitCode);
        void look(name).catch(() => undefined);
      };
      engine.watch({ onEvent, onReset: () => void relist(), onDown: lost }, signal);
      await every(RETRY_EVERY, signal, async () => {
        for (const name of unread.keys()) onEvent(name);
        const age = steady() - triedAt;
        if (since !== undefined && age < LIST_EVERY) return;
        triedAt = steady();
        await relist();
      });
    },
  };
}

/** What the list shows of it is newer than what was seen of it. */
const lastViewOf = ({ unread: _, ...listed }: UnreadContainer, before: ContainerView | undefined): ContainerView => ({
  oomKilled: false,
  restarts: 0,
  ...(before?.id === listed.id ? before : {}),
  ...listed,
});

/** An engine that stops ends all its containers, to start them again when it is back: an end is believed once that is not so. */
const hasNewlyEnded = ({ state }: Pick<ContainerView, 'state'>, before: ContainerView | undefined): boolean =>
  ['exited', 'dead'].includes(state) && before?.state !== state;

const isNewEnd = (end: ObservedEnding | undefined, known: ObservedEnding | undefined): boolean =>
  end?.finishedAt !== known?.finishedAt || end?.exitCode !== known?.exitCode;
