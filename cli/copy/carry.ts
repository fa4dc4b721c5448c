import type { Copied } from '../../src/client/archive/unpack.ts';
import type { RemoteProcess } from '../../src/client/session.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { formatSize } from '../../src/core/format-size.ts';
import { harmless } from '../output/width.ts';
import { count } from '../output/words.ts';
import type { Session } from '../session.ts';

/** Between two looks at how far it is, ms. */
const SHOWN_EVERY = 200;

/** What goes through, as it comes; how far it is is drawn on a terminal. */
export async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  { output, now }: Pick<Session, 'output' | 'now'>,
): AsyncGenerator<Uint8Array> {
  let [size, shownAt] = [0, now()];
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (output.live && now() - shownAt >= SHOWN_EVERY) {
        shownAt = now();
        output.live.show([`copying: ${formatSize(size)}`]);
      }
      yield chunk;
    }
  } finally {
    output.live?.show([]);
    output.live?.end();
  }
}

/** Ctrl-C ends the copy: the server breaks it off. */
export async function untilInterrupted<T>(
  process: RemoteProcess,
  interrupted: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const leave = () => process.leave();
  interrupted.addEventListener('abort', leave, { once: true });
  if (interrupted.aborted) leave();
  try {
    return await work();
  } catch (error) {
    interrupted.throwIfAborted();
    throw error;
  } finally {
    interrupted.removeEventListener('abort', leave);
    leave();
  }
}

/** @throws OrcaError unless it has ended as it should */
export function requireEnd(
  process: RemoteProcess,
  failure: (why: string, hint: string | undefined) => OrcaError,
): void {
  const { code, error = 'the server does not say why', hint } = endOf(process);
  if (code !== 0) throw failure(error, hint);
}

function endOf(process: RemoteProcess): { code: number | null; error?: string | undefined; hint?: string | undefined } {
  try {
    return process.exit();
  } catch (error) {
    if (!(error instanceof OrcaError)) throw error;
    return { code: null, error: error.message };
  }
}

export interface Told {
  readonly from: string;
  readonly to: string;
  /** Undefined where the archive was not looked into. */
  readonly copied: Copied | undefined;
}

/** `copied 3 files (1.4 MiB) to web.1:/data`, and what was left out. */
export async function tellCopied({ output }: Pick<Session, 'output'>, { from, to, copied }: Told): Promise<void> {
  const { files, bytes, skipped = [] } = copied ?? {};
  const what =
    files === undefined || bytes === undefined ? 'the archive' : `${count(files, 'file')} (${formatSize(bytes)})`;
  if (output.json) await output.emit({ from, to, files: files ?? null, bytes: bytes ?? null, skipped });
  else output.note(`copied ${what} to ${harmless(to)}`);
  for (const path of skipped.slice(0, SHOWN)) output.alert(`skipped ${harmless(path)}: a device, a pipe or a socket`);
  if (skipped.length > SHOWN) output.alert(`skipped ${skipped.length - SHOWN} more`);
}

const SHOWN = 5;
