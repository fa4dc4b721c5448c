import { OrcaError } from '../../core/errors.ts';
import type { TaskLine } from './merge.ts';
import type { Tail } from './tail.ts';

/** A piece of what is kept in memory for a reader is given up when it is not taken for so long, ms. */
const UNREAD = 60_000;

export const textOf = ({ at, task, text }: TaskLine): string => `${new Date(at).toISOString()} ${task} ${text}\n`;

export interface LogText {
  readonly history: Tail;
  readonly more: AsyncIterable<TaskLine>;
  /** The history is sent, or given up. */
  readonly onHistoryGone: () => void;
  readonly unread?: number | undefined;
}

/**
 * A log as it is sent.
 *
 * @throws OrcaError `timeout` when it is read on after the history was given up
 */
export async function* logText({ history, more, onHistoryGone, unread = UNREAD }: LogText): AsyncGenerator<string> {
  let late = false;
  const giveUp = () => {
    late = true;
    history.drop();
    onHistoryGone();
  };
  for (const piece of history.take()) {
    const timer = setTimeout(giveUp, unread);
    yield piece;
    clearTimeout(timer);
    if (late) throw new OrcaError('timeout', `the log was not read on for ${unread / 1000} s`);
  }
  onHistoryGone();
  for await (const line of more) yield textOf(line);
}
