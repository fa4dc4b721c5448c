import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrcaError } from '../../core/errors.ts';
import { CONTROL_SOCKET } from '../../core/route/protocol.ts';
import { processesWith } from '../port-holder.ts';
import { createLaunchNames } from './launch-names.ts';
import type { IngressLauncherOptions } from './launcher-options.ts';
import { handListeners, type Listeners } from './listener.ts';
import { locked } from './locks.ts';
import type { NameSockets } from './name-sockets.ts';
import { logPath, openProcessLog } from './process-log.ts';

/** Sees to it that a data plane runs: adopts the one that answers, starts one if none does, and again when it dies. */
export interface IngressLauncher {
  /** Resolves after the first attempt, whatever came of it: see `status`. */
  start(): Promise<void>;
  status(): LauncherStatus;
  /** Looks after it no more; it runs on. */
  stop(): void;
  /** Why HTTPS is not listened for though it is to be, as a sentence; of the data plane that was started last. */
  httpsProblem(): string | undefined;
  /** Why containers are not told names, as a sentence; undefined if they are, or nobody knows yet. */
  namesProblem(): string | undefined;
  /** Ends it too: what is in flight has `grace` ms. Resolves when it is gone. */
  stopAll(grace: number): Promise<void>;
}

export interface LauncherStatus {
  readonly state: 'running' | 'starting' | 'failed';
  /** Why there is none, as a sentence. */
  readonly reason?: string | undefined;
  readonly pid?: number | undefined;
  /** How often one was started again after it had died. */
  readonly restarts: number;
}

/** Of the sockets in the data plane: after the standard three. */
const HTTP_FD = 3;
const NAMES_FDS = { udp: 4, tcp: 5 };
const HTTPS_FD = 6;
/** What is in flight has this long when a data plane is replaced by one that answers for names. */
const REPLACE_GRACE = 1_000;
const LOOK_EVERY = 150;
/** While one answers. Whoever started it is told of its end; one that was found running is missed within this. */
const LOOK_CALMLY = 400;
/** One that lived this long is started again at once. */
const SETTLED_AFTER = 10_000;
const LONGEST_PAUSE = 30_000;
/** To try a port that is taken costs little. */
const PAUSE_FOR_PORT = 500;
/** How often workers left over are looked for before the port is tried all the same. */
const ORPHAN_TRIES = 50;
const ORPHANS = ['ingress-nursery', 'ingress-worker', 'ingress-resolver'];
/** It ends so for no other reason: what it listens on, or runs with, is to be another. */
const TOLD_TO_END = 'the data plane was told to end, and another one is about to be started';
/** One that has not opened its control socket by then is killed. */
const START_WITHIN = 15_000;

export function createIngressLauncher(options: IngressLauncherOptions): IngressLauncher {
  const { dir, command, link, log, clock } = options;
  let child: ChildProcess | undefined;
  let launchedAt = 0;
  let early = 0;
  let restarts = -1;
  let notBefore = 0;
  let reason: string | undefined;
  let httpsProblem: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let stopped = false;
  /** The one that was started has just ended: the link may not know yet. */
  let died = false;
  const names = options.names && createLaunchNames({ address: options.names, link, log });

  const look = (): Promise<void> => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const lookOnce = async (): Promise<void> => {
    if (stopped || child || rests()) return;
    if (!died && link.attached()) return;
    died = false;
    if (await answers(join(dir, CONTROL_SOCKET))) return; // The link is about to connect.
    try {
      if (!stopped) await launch();
    } catch (error) {
      failed((error as Error).message, PAUSE_FOR_PORT, error);
    }
  };

  /** Over too when the clock was set back: no pause is longer than the longest. */
  const rests = (): boolean => {
    const left = notBefore - clock.now();
    return left > 0 && left <= LONGEST_PAUSE;
  };

  /** Of the one that was started last, ms; counted anew from when the clock was set back. */
  const age = (): number => {
    launchedAt = Math.min(launchedAt, clock.now());
    return clock.now() - launchedAt;
  };

  const launch = async (): Promise<void> => {
    await endOrphans(dir);
    launchedAt = clock.now();
    const sockets = await names?.open();
    const started = await begin(sockets).finally(() => sockets?.close());
    child = started;
    restarts += 1;
    log.info({ pid: started.pid, restarts }, 'a data plane was started');
    started.once('error', (error) => ended(started, diedOf(error.message)));
    started.once('exit', (code, signal) =>
      ended(started, code === 0 ? TOLD_TO_END : diedOf(`it ended with ${signal ?? `code ${code}`}`)),
    );
  };

  const diedOf = (why: string): string => `the data plane died: ${why}; see ${logPath(dir)}`;

  const begin = async (sockets: NameSockets | undefined): Promise<ChildProcess> => {
    const [http, https] = [options.http(), options.https?.() ?? 'off'];
    return await handListeners({ http, https, onHttps }, (fds) => spawnDetached(fds, sockets));
  };

  const onHttps = (problem: OrcaError | undefined): void => {
    if (problem && problem.message !== httpsProblem)
      log.warn({ reason: problem.message, hint: problem.hint }, 'HTTPS is not listened for: HTTP is all the same');
    httpsProblem = problem && `${problem.message}${problem.hint === undefined ? '' : ` (${problem.hint})`}`;
  };

  const spawnDetached = ({ http, https }: Listeners, sockets: NameSockets | undefined): ChildProcess => {
    const out = openLog();
    try {
      const [program, ...first] = locked([
        ...command,
        ...options.args({
          ...(http !== undefined && { httpFd: HTTP_FD }),
          ...(https !== undefined && { httpsFd: HTTPS_FD }),
          ...(sockets && { namesFds: NAMES_FDS }),
        }),
      ]);
      const started = spawn(program, first, {
        detached: true,
        env: {},
        stdio: [
          'ignore',
          out ?? 'ignore',
          out ?? 'ignore',
          ...[http, sockets?.udp, sockets?.tcp, https].map((fd) => fd ?? 'ignore'),
        ],
      });
      started.unref();
      return started;
    } finally {
      if (out !== undefined) closeSync(out);
    }
  };

  /** Without its log it serves all the same. */
  const openLog = (): number | undefined => {
    try {
      const { file, found } = openProcessLog(dir);
      if (found !== undefined) log.warn({ found }, 'something else lay in the place of the log of the data plane');
      return file;
    } catch (error) {
      log.error({ err: error }, 'the log of the data plane cannot be opened: it is started without');
      return undefined;
    }
  };

  const ended = (which: ChildProcess, why: string): void => {
    if (child !== which) return;
    child = undefined;
    died = true;
    if (stopped) return;
    early = age() >= SETTLED_AFTER ? 1 : early + 1;
    const pause = early < 2 ? 0 : Math.min(LONGEST_PAUSE, 100 * 2 ** (early - 2));
    failed(why, pause);
    void look();
  };

  const failed = (why: string, pause: number, error?: unknown): void => {
    notBefore = clock.now() + pause;
    if (why !== reason) log.error({ reason: why, err: error }, 'there is no data plane');
    reason = why;
  };

  const tick = (): void => {
    const isLate = age() >= START_WITHIN; // At each tick, so that a clock that is set back is noticed.
    if (child && !link.attached() && isLate) void endStuck(child);
    else void look();
    if (names?.isReplacing()) link.stopDataPlane(REPLACE_GRACE);
    lookAgain();
  };

  const lookAgain = (): void => {
    if (!stopped) timer = setTimeout(tick, link.connected() ? LOOK_CALMLY : LOOK_EVERY);
  };

  const endStuck = async (which: ChildProcess): Promise<void> => {
    if (!(await answers(join(dir, CONTROL_SOCKET)))) which.kill('SIGKILL');
  };

  const stop = (): void => {
    stopped = true;
    clearTimeout(timer);
  };

  return {
    async start() {
      lookAgain();
      await look();
    },

    status() {
      const running = link.connected();
      if (running) return { state: 'running', pid: running.pid, restarts: Math.max(0, restarts) };
      const refused = link.refused();
      const state = refused === undefined && (child || reason === undefined) ? 'starting' : 'failed';
      const pid = link.attached()?.pid ?? child?.pid;
      return { state, reason: refused ?? reason, pid, restarts: Math.max(0, restarts) };
    },

    stop,

    httpsProblem: () => httpsProblem,
    namesProblem: () => names?.problem(),

    async stopAll(grace) {
      stop();
      await looking;
      const pid = link.attached()?.pid ?? child?.pid;
      if (pid === undefined) return;
      // A process that has just been started has no command line yet.
      const isOurs = (): boolean => child?.pid === pid || isDataPlane(pid, dir);
      if (!link.stopDataPlane(grace) && isOurs()) send(pid, 'SIGTERM');
      // Not by the wall clock: set back, it would make this wait for as long.
      const deadline = performance.now() + grace + 2000;
      while (isOurs() && performance.now() < deadline) await sleep(20);
      if (isOurs()) send(pid, 'SIGKILL');
      await endOrphans(dir);
    },
  };
}

/** Does a process listen there? Also one that is stopped, and whose queue of connections is full by now: EAGAIN. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    if (!isSocket(path)) return resolve(false);
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EAGAIN'));
    socket.once('connect', () => socket.destroy());
  });

/** And no link to one: that could lead to another's socket, and no data plane would ever be started. */
function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

/** Workers whose supervisor is gone end by themselves; one that is frozen or busy would keep the port. */
async function endOrphans(dir: string): Promise<void> {
  for (let tries = 0; tries < ORPHAN_TRIES; tries += 1) {
    const orphans = ORPHANS.flatMap((role) => processesWith([role, '--data', dir]));
    if (orphans.length === 0) return;
    for (const pid of orphans) send(pid, 'SIGKILL');
    await sleep(10);
  }
}

/** The number comes from a process that parses strangers' bytes: it must name a data plane of this directory. */
const isDataPlane = (pid: number, dir: string): boolean =>
  [['--data', dir], ['ingress']].every((words) => processesWith(words).includes(pid));

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile, or is another user's.
  }
}
