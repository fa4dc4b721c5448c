import { OrcaError } from '../core/errors.ts';
import { lastLine } from '../core/last-line.ts';
import type { ServiceKey } from '../core/model/service.ts';
import type { Health } from '../core/rollout/observed.ts';
import { type CommandCheck, checkDelay, unchecked } from '../core/route/command-checks.ts';
import { type ProbeResult, type Readiness, step } from '../core/route/readiness.ts';
import type { CommandEnd } from '../engine/exec-to-end.ts';

/** Runs the health command of each task, by the engine, at its pace and once at a time. */
export interface CommandChecks {
  /** All that are to be run from now on. One of another container or start begins anew. */
  watch(checks: readonly CommandCheck[]): void;
  /** Undefined while nothing is known. */
  health(task: string): Health | undefined;
  /** Runs no more, and ends those that run. */
  stop(): void;
}

interface Options {
  /** @throws OrcaError if it could not be run */
  readonly run: (check: CommandCheck, signal: AbortSignal) => Promise<CommandEnd>;
  readonly clock: { now(): number };
  /** What is known of a task of the service has changed: `ready`, which concerns the tables, or only what is shown. */
  readonly onChange: (key: ServiceKey, change: 'ready' | 'detail') => void;
  readonly atOnce?: number;
}

interface Watched {
  check: CommandCheck;
  state: Readiness;
  hasRun: boolean;
  /** Waits for its turn, or runs. */
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
  running: AbortController | undefined;
  gone: boolean;
}

/** Processes that are started together, at most: the engine has other work. */
const AT_ONCE = 8;
/** A command that takes longer leaves its place to the next, ms: a hung one must not hold up those of others. */
const SLOW_AFTER = 500;
/** An engine that could not run it is asked again after this, ms. */
const ASK_AGAIN = 1_000;
const SHOWN_OUTPUT = 200;

export function createCommandChecks({ run, clock, onChange, atOnce = AT_ONCE }: Options): CommandChecks {
  const watched = new Map<string, Watched>();
  const waiting: Watched[] = [];
  let places = atOnce;

  const schedule = (item: Watched, delay = checkDelay(item.state, item.check, !item.hasRun)) => {
    clearTimeout(item.timer);
    if (!item.gone && !item.busy) item.timer = setTimeout(() => queue(item), delay).unref();
  };

  const queue = (item: Watched) => {
    item.busy = true;
    waiting.push(item);
    next();
  };

  const next = () => {
    while (places > 0) {
      const item = waiting.shift();
      if (!item) return;
      if (!item.gone) void attempt(item);
    }
  };

  const attempt = async (item: Watched) => {
    const leave = takePlace();
    const slow = setTimeout(leave, SLOW_AFTER);
    const result = await runOnce(item);
    clearTimeout(slow);
    item.busy = false;
    if (result) learn(item, result);
    schedule(item, result ? undefined : ASK_AGAIN);
    leave();
  };

  /** Returns what gives it back, once. */
  const takePlace = (): (() => void) => {
    let holds = true;
    places -= 1;
    return () => {
      if (holds) places += 1;
      holds = false;
      next();
    };
  };

  /** Undefined if nothing is learned of it: the engine did not run it, or the container is not there any more. */
  const runOnce = async (item: Watched): Promise<ProbeResult | undefined> => {
    const { check } = item;
    item.running = new AbortController();
    try {
      return resultOf(check, await run(check, item.running.signal));
    } catch (error) {
      if (item.gone || !(error instanceof OrcaError) || NOTHING_LEARNED.has(error.code)) return undefined;
      return { kind: 'miss', error: error.message };
    }
  };

  const learn = (item: Watched, result: ProbeResult) => {
    if (item.gone) return;
    const before = item.state;
    item.state = step(before, result, item.check.pace, clock.now());
    item.hasRun = true;
    const key = item.check.service as ServiceKey;
    if (item.state.ready !== before.ready) onChange(key, 'ready');
    else if (!looksAlike(before, item.state)) onChange(key, 'detail');
  };

  const begin = (check: CommandCheck): Watched => ({
    check,
    state: unchecked(check, clock.now()),
    hasRun: false,
    busy: false,
    timer: undefined,
    running: undefined,
    gone: false,
  });

  const drop = (item: Watched) => {
    item.gone = true;
    clearTimeout(item.timer);
    item.running?.abort(new OrcaError('unavailable', 'its container is not checked any more'));
    watched.delete(item.check.task);
  };

  return {
    watch: (checks) => {
      const wanted = new Map(checks.map((check) => [check.task, check]));
      for (const item of [...watched.values()]) {
        const check = wanted.get(item.check.task);
        if (!check || !isSameStart(check, item.check)) drop(item);
      }
      for (const check of checks) {
        const known = watched.get(check.task);
        const item = known ?? begin(check);
        const { interval } = item.check.pace;
        item.check = check;
        watched.set(check.task, item);
        if (!known || interval !== check.pace.interval) schedule(item);
      }
    },
    health: (task) => {
      const item = watched.get(task);
      if (!item) return undefined;
      const { container, startedAt } = item.check;
      const { ready, wasReady, since, misses, error } = item.state;
      return { container, startedAt, ready, wasReady, heldSince: since, misses, ...(error !== undefined && { error }) };
    },
    stop: () => {
      for (const item of [...watched.values()]) drop(item);
      waiting.length = 0;
    },
  };
}

/** The engine is away, or the container does not run: both are seen elsewhere. */
const NOTHING_LEARNED: ReadonlySet<OrcaError['code']> = new Set(['unavailable', 'timeout', 'not_found', 'conflict']);

function resultOf({ command, pace }: CommandCheck, { exitCode, late, output }: CommandEnd): ProbeResult | undefined {
  if (exitCode === 0) return { kind: 'pass' };
  if (exitCode === undefined && !late) return undefined;
  const said = lastLine(output, SHOWN_OUTPUT);
  const how = late ? `did not end within ${pace.timeout} ms` : `exited with code ${exitCode}`;
  return { kind: 'miss', error: `the health command ${command[0]} ${how}${said === '' ? '' : `: ${said}`}` };
}

const isSameStart = (a: CommandCheck, b: CommandCheck): boolean =>
  a.container === b.container && a.startedAt === b.startedAt && a.command.join('\0') === b.command.join('\0');

const looksAlike = (a: Readiness, b: Readiness): boolean =>
  a.ready === b.ready && a.passes === b.passes && a.misses === b.misses && a.error === b.error;
