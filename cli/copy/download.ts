import { lstat, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { settle } from '../../src/client/archive/settle.ts';
import { ROOT, unpackTar } from '../../src/client/archive/unpack.ts';
import type { Client } from '../../src/client/client.ts';
import type { RemoteProcess } from '../../src/client/session.ts';
import type { PathAnswer } from '../../src/contract/copy.ts';
import { meansContents, placeCopy } from '../../src/core/copy/place.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { NOBODY_READS, write } from '../attach/attach.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { taskName } from '../output/words.ts';
import type { Session } from '../session.ts';
import { counted, requireEnd, tellCopied, untilInterrupted } from './carry.ts';
import { type LocalSide, plainPath, type RemoteSide, type StreamSide } from './place.ts';

/** Out of a container. @param options `archive`: owners are kept */
export async function download(
  session: Session,
  from: RemoteSide,
  to: LocalSide | StreamSide,
  options: { readonly archive: boolean },
): Promise<number> {
  const client = await session.client();
  const path = plainPath(from.path);
  const isMeant = meansContents(from.path) || /.\/$/.test(from.path);
  const found = await client.stat(from.service, { path, project: from.project, task: from.task, follow: isMeant });
  const { file } = found;
  if (!file) throw new OrcaError('not_found', `path not found in ${taskName(from.service, found)}: ${from.path}`);
  if (isMeant && file.kind !== 'directory') throw new OrcaError('not_found', `${from.path} is not a folder`);
  if (file.kind === 'other') throw new OrcaError('invalid', `${from.path} is a device, a pipe or a socket`);
  if (to.side === 'stream') return toStdout(session, await open(client, from, found));
  const isFolder = file.kind === 'directory';
  const source = {
    kind: isFolder ? 'directory' : 'file',
    name: nameOf(path),
    contents: meansContents(from.path),
  } as const;
  const { folder, name } = placeCopy(source, { path: to.path, kind: await kindOf(to.path) });
  const target = name === undefined ? folder : join(folder, name);
  const copied = await inDraft(folder, async (draft) => {
    const process = await open(client, from, found);
    return untilInterrupted(process, session.interrupted, async () => {
      const unpacked = await unpackTar(counted(bytesOf(process), session), {
        folder: draft,
        dropped: found.path === '/' ? 0 : 1,
        keepsOwners: options.archive,
      }).catch((error: unknown) => {
        requireEnd(process, broken); // what the server says of it says more
        throw error;
      });
      requireEnd(process, broken);
      session.interrupted.throwIfAborted();
      await settle(join(draft, ROOT), name === undefined ? await realpath(target) : target);
      return unpacked;
    });
  });
  await tellCopied(session, { copied, from: `${taskName(from.service, found)}:${found.path}`, to: target });
  return EXIT.done;
}

/** From the task that was asked before: another one may be chosen by now. */
const open = (client: Client, { service, project }: RemoteSide, { task, path }: PathAnswer): Promise<RemoteProcess> =>
  client.archive(service, { path, project, task });

async function toStdout(session: Session, process: RemoteProcess): Promise<number> {
  const { stdout } = session.streams;
  if (stdout.isTTY)
    throw usage('an archive is no text for a terminal', 'write it to a file: orca cp web:/data - > data.tar');
  return untilInterrupted(process, session.interrupted, async () => {
    for await (const chunk of bytesOf(process)) if (!(await write(stdout, chunk))) return NOBODY_READS;
    requireEnd(process, (why, hint) => new OrcaError('unavailable', `the archive is not whole: ${why}`, { hint }));
    return EXIT.done;
  });
}

async function* bytesOf({ output }: RemoteProcess): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of output) yield bytes;
}

const broken = (why: string, hint: string | undefined): OrcaError =>
  new OrcaError('unavailable', `nothing was copied: ${why}`, { hint: hint ?? 'copy it again' });

/** A directory beside what it becomes, so that moving it there is one step. */
async function inDraft<T>(folder: string, work: (draft: string) => Promise<T>): Promise<T> {
  const draft = await mkdtemp(join(folder, '.orca-cp-'));
  try {
    return await work(draft);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Undefined: there is nothing. A link counts as what it leads to. */
async function kindOf(path: string): Promise<'directory' | 'file' | undefined> {
  const found = await stat(path).catch(() => lstat(path).catch(unlessGone));
  if (found === undefined) {
    await stat(dirname(path));
    return undefined;
  }
  return found.isDirectory() ? 'directory' : 'file';
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
