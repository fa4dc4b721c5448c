import { setTimeout as delay } from 'node:timers/promises';
import { OrcaError } from '../../core/errors.ts';
import type { AttachedProcess } from '../../engine/process.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { shareOf } from '../../identity/within.ts';
import type { Log } from '../../telemetry/log.ts';
import type { SessionReply } from '../reply.ts';
import type { Call } from '../route.ts';
import { relay } from './relay.ts';

/** At once, on one server: each holds a connection to the engine, and buffers both ways. */
export const MAX_SESSIONS = 32;

/** A process that was started for a session. */
export interface Attachment {
  readonly process: AttachedProcess;
  /** Ends it, within `grace` ms and a few seconds; called at most once. */
  readonly end: (grace: number) => Promise<void>;
  /** After its end; it was ended or has ended. */
  readonly cleanUp?: (() => Promise<void>) | undefined;
  /** What the session is for, where that is no command. */
  readonly what?: 'copy' | undefined;
  /** For the log. */
  readonly about: Readonly<Record<string, unknown>>;
}

export interface Sessions {
  /**
   * Starts a process and gives the answer that carries its streams. Callers of some projects leave half of the sessions to others.
   *
   * @throws OrcaError `unavailable` if there are too many; what `start` throws
   */
  open(call: Pick<Call, 'caller' | 'stopping'>, start: () => Promise<Attachment>): Promise<SessionReply>;
  /** Resolves when all have ended, or after `grace` ms. */
  ended(grace: number): Promise<void>;
}

/** For a process whose client has gone, and for one whose server stops, ms: between the first signal and SIGKILL. */
const [GRACE, GRACE_OF_STOP] = [10_000, 3_000];

export function createSessions(log: Log): Sessions {
  const open = new Set<Promise<unknown>>();
  /** Who has begun each. */
  const begun: Caller[] = [];

  const begin = (caller: Caller): (() => void) => {
    const ofSome = begun.filter(({ projects }) => projects).length;
    if (begun.length >= MAX_SESSIONS) throw tooMany(MAX_SESSIONS);
    if (caller.projects && ofSome >= shareOf(caller, MAX_SESSIONS)) throw tooMany(shareOf(caller, MAX_SESSIONS));
    begun.push(caller);
    return () => void begun.splice(begun.indexOf(caller), 1);
  };

  const run = async ({ process, end, cleanUp, about, what }: Attachment, reply: (ended: Ender) => Promise<unknown>) => {
    const told = (text: string) => (err: unknown) => log.warn({ err, ...about }, text);
    const exit = await reply({
      process,
      what,
      onProblem: told('a signal could not be sent'),
      end: (grace) => end(grace).catch(told('a command could not be ended: it runs on')),
    }).catch(told('a session failed'));
    await cleanUp?.().catch(told('a container of a one-off command could not be removed yet'));
    log.info({ ...about, exit }, 'a session has ended');
  };

  return {
    async open({ caller, stopping }, start) {
      const over = begin(caller);
      const attachment = await start().catch((error: unknown) => {
        over();
        throw error;
      });
      const hold = (work: Promise<void>): Promise<void> => {
        const held = work.finally(() => {
          over();
          open.delete(held);
        });
        open.add(held);
        return held;
      };
      return {
        status: 101,
        session: (socket) =>
          hold(
            run(attachment, ({ end, ...rest }) =>
              relay(socket, { ...rest, stopping, end: () => end(stopping.aborted ? GRACE_OF_STOP : GRACE) }),
            ),
          ),
        abandon: () => void hold(run(attachment, ({ end }) => end(GRACE))),
      };
    },
    async ended(grace) {
      await Promise.race([Promise.all(open), delay(grace, undefined, { ref: false })]);
    },
  };
}

interface Ender extends Pick<Attachment, 'process' | 'end' | 'what'> {
  readonly onProblem: (error: unknown) => void;
}

const tooMany = (limit: number): OrcaError =>
  new OrcaError('unavailable', `${limit} commands and copies run through this server at once`, {
    hint: 'end one of them, or wait for one to end',
    details: { limit },
  });
