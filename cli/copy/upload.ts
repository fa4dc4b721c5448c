import { posix } from 'node:path';
import type { RemoteProcess } from '../../src/client/session.ts';
import type { PathAnswer } from '../../src/contract/copy.ts';
import { type CopyTarget, type Placed, placeCopy } from '../../src/core/copy/place.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { taskName } from '../output/words.ts';
import type { Session } from '../session.ts';
import { counted, requireEnd, tellCopied, untilInterrupted } from './carry.ts';
import { type LocalSide, plainPath, type RemoteSide, type StreamSide } from './place.ts';
import { type ArchiveSource, filesAsArchive, pipedArchive, sourceOf } from './source.ts';

/** Into a container. @param options `archive`: owners are kept */
export async function upload(
  session: Session,
  from: LocalSide | StreamSide,
  to: RemoteSide,
  options: { readonly archive: boolean },
): Promise<number> {
  const { output, interrupted, streams } = session;
  if (from.side === 'stream' && streams.stdin.isTTY)
    throw usage('there is no archive on stdin', 'pipe one in: tar c data | orca cp - web:/srv');
  const what = from.side === 'local' ? await sourceOf(from) : undefined;
  const { service, project, task } = to;
  const client = await session.client();
  const found = await client.stat(service, { path: plainPath(to.path), project, task, follow: true });
  const placed = what ? placeCopy(what, targetOf(to, found)) : { folder: folderOf(to, found), name: undefined };
  const where = `${taskName(service, found)}:${pathOf(placed)}`;
  // To the task that was asked: another one may be chosen by now.
  const process = await client.unpack(service, { path: placed.folder, project, task: found.task });
  const source = from.side === 'local' ? filesAsArchive(from, placed.name, options) : pipedArchive(streams.stdin);
  try {
    await untilInterrupted(process, interrupted, () => send(session, process, source));
  } catch (error) {
    output.alert(`${where} may hold a part of the copy: copy again, or remove it`);
    throw error;
  } finally {
    source.stop();
  }
  await tellCopied(session, { from: from.side === 'local' ? from.path : '-', to: where, copied: source.copied() });
  output.note(`a deploy, restart or scale of ${service} replaces the container: only what is on a volume stays`);
  return EXIT.done;
}

/** The end is told only where the source was read to its end: what breaks off is no archive. */
async function send(session: Session, process: RemoteProcess, source: ArchiveSource): Promise<void> {
  let isOver = false;
  const answered = drained(process).then(() => {
    isOver = true;
    source.stop();
  });
  try {
    for await (const chunk of counted(source.bytes, session)) {
      if (isOver) break;
      await process.write(chunk);
    }
  } catch (error) {
    if (!isOver) throw error;
  }
  session.interrupted.throwIfAborted();
  if (!isOver) process.endInput();
  await answered;
  session.interrupted.throwIfAborted();
  requireEnd(process, broken);
}

async function drained({ output }: RemoteProcess): Promise<void> {
  for await (const _ of output); // it writes nothing, and ends with the copy
}

const broken = (why: string, hint: string | undefined): OrcaError =>
  new OrcaError('timeout', `the copy is not complete: ${why}`, { hint: hint ?? 'copy again' });

const pathOf = ({ folder, name }: Placed): string => (name === undefined ? folder : posix.join(folder, name));

/** Where a link led there, it is where the link ends. */
function targetOf({ path }: RemoteSide, { path: real, file }: PathAnswer): CopyTarget {
  const kind = file ? (file.kind === 'directory' ? 'directory' : 'file') : undefined;
  return { path: /\/\.?$/.test(path) ? posix.join(real, '/') : real, kind };
}

function folderOf({ path }: RemoteSide, { path: real, file }: PathAnswer): string {
  if (file?.kind === 'directory') return real;
  throw new OrcaError(file ? 'conflict' : 'not_found', `${path} is not a folder in the container`, {
    hint: 'an archive is unpacked into a folder that exists',
  });
}
