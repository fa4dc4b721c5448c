import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { OrcaError } from '../core/errors.ts';
import type { LogLine, LogQuery } from '../engine/engine.ts';

/** Logs of tasks whose containers are gone. */
export interface LogArchive {
  /** Keeps the last 10 MB of a log. Until it resolves, an older copy of the task stays; if `lines` fails, too. */
  keep(task: string, lines: AsyncIterable<LogLine>): Promise<void>;
  /** Oldest first. Nothing for a task that is not kept. */
  read(task: string, query: LogQuery): AsyncIterable<LogLine>;
  /** Removes what is older than 7 days, then the oldest until 1 GiB is left. */
  prune(): Promise<void>;
  /** Every log that is kept, by the task's id. */
  list(): Promise<readonly KeptLog[]>;
  /** No error if it is gone. */
  remove(task: string): Promise<void>;
}

export interface KeptLog {
  readonly task: string;
  /** When it was kept. Epoch ms. */
  readonly at: number;
  readonly bytes: number;
}

export interface LogArchiveOptions {
  /** Made when first needed. A folder a task: numbered segments, a JSON array `[at, stream, text]` a line. */
  readonly dir: string;
  readonly clock: { now(): number };
  readonly limits?: Partial<ArchiveLimits> | undefined;
}

export interface ArchiveLimits {
  /** Bytes of one segment. A log is kept in ten: nine full ones at least, once it is longer than that. */
  readonly segment: number;
  readonly age: number;
  /** Bytes of all logs together. */
  readonly total: number;
}

const LIMITS: ArchiveLimits = { segment: 1024 * 1024, age: 7 * 24 * 3_600_000, total: 1024 ** 3 };
const SEGMENTS = 10;
/** Of a copy that is being made: whatever has this ending after a crash is no log. */
const DRAFT = '.draft';

export function createLogArchive({ dir, clock, limits = {} }: LogArchiveOptions): LogArchive {
  const { segment, age, total } = { ...LIMITS, ...limits };
  return {
    keep: async (task, lines) => {
      const place = join(dir, checked(task));
      const draft = place + DRAFT;
      await rm(draft, { recursive: true, force: true });
      await mkdir(draft, { recursive: true, mode: 0o700 });
      try {
        await writeSegments(draft, lines, segment);
        await utimes(draft, clock.now() / 1000, clock.now() / 1000);
        await replace(draft, place, dir);
      } catch (error) {
        await rm(draft, { recursive: true, force: true });
        throw error;
      }
    },
    read: (task, query) => readSegments(join(dir, checked(task)), query),
    prune: () => prune(dir, clock.now() - age, total),
    list: async () => {
      const names = (await readdir(dir).catch(emptyIfGone)).filter((name) => !name.endsWith(DRAFT));
      const logs = await Promise.all(names.map((task) => measure(join(dir, task)).catch(undefinedIfGone)));
      return logs.flatMap((log, index) => (log ? [{ task: names[index] ?? '', at: log.at, bytes: log.bytes }] : []));
    },
    remove: async (task) => rm(join(dir, checked(task)), { recursive: true, force: true }),
  };
}

/** Task ids are file names here. */
function checked(task: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_-]*$/.test(task)) return task;
  throw new OrcaError('invalid', `not a task's id: "${task}"`);
}

async function writeSegments(dir: string, lines: AsyncIterable<LogLine>, limit: number): Promise<void> {
  let count = 0;
  let file = await open(join(dir, segmentName(count)), 'w', 0o600);
  let size = 0;
  try {
    for await (const batch of inBatches(lines, Math.min(BATCH, limit))) {
      if (size >= limit) {
        await finish(file);
        count += 1;
        file = await open(join(dir, segmentName(count)), 'w', 0o600);
        size = 0;
        await rm(join(dir, segmentName(count - SEGMENTS)), { force: true });
      }
      size += (await file.write(batch)).bytesWritten;
    }
  } finally {
    await finish(file);
  }
}

/** Of text written at once: a call for each line takes longer than all else. */
const BATCH = 64 * 1024;

async function* inBatches(lines: AsyncIterable<LogLine>, length: number): AsyncGenerator<string> {
  let batch = '';
  for await (const { at, stream, text } of lines) {
    batch += `${JSON.stringify([at, stream, text])}\n`;
    if (batch.length < length) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

/** Sorted by name is sorted by time. */
const segmentName = (count: number): string => String(count).padStart(9, '0');

async function finish(file: FileHandle): Promise<void> {
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A crash in between leaves the draft or the old copy's absence; the container still has the log, and it is kept again. */
async function replace(draft: string, place: string, dir: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await rename(draft, place);
  for (const path of [place, dir]) {
    await finish(await open(path, 'r'));
  }
}

async function* readSegments(place: string, { tail, since = 0, signal }: LogQuery): AsyncGenerator<LogLine> {
  const names = await segmentsIn(place);
  let skip = tail === undefined ? 0 : (await countLines(place, names, since)) - tail;
  for (const name of names) {
    for await (const line of linesOf(join(place, name))) {
      if (signal?.aborted) return;
      if (line.at < since) continue;
      skip -= 1;
      if (skip < 0) yield line;
    }
  }
}

async function countLines(place: string, names: readonly string[], since: number): Promise<number> {
  let count = 0;
  for (const name of names) {
    for await (const { at } of linesOf(join(place, name))) if (at >= since) count += 1;
  }
  return count;
}

const segmentsIn = async (place: string): Promise<string[]> => (await readdir(place).catch(emptyIfGone)).sort();

/** Not a whole segment in memory: the logs of many tasks are read at once. A segment may be pruned while it is read. */
async function* linesOf(path: string): AsyncGenerator<LogLine> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield lineOf(line);
    }
  } catch (error) {
    emptyIfGone(error as NodeJS.ErrnoException);
  }
}

function lineOf(text: string): LogLine {
  const [at, stream, said] = JSON.parse(text) as [number, LogLine['stream'], string];
  return { at, stream, text: said };
}

interface Kept {
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
}

async function prune(dir: string, oldest: number, total: number): Promise<void> {
  const kept = await Promise.all((await readdir(dir).catch(emptyIfGone)).map((name) => measure(join(dir, name))));
  const newestFirst = kept.sort((a, b) => b.at - a.at);
  let sum = 0;
  for (const { path, at, bytes } of newestFirst) {
    sum += bytes;
    if (at < oldest || sum > total) await rm(path, { recursive: true, force: true });
  }
}

async function measure(path: string): Promise<Kept> {
  const { mtimeMs } = await stat(path);
  const sizes = await Promise.all((await segmentsIn(path)).map(async (name) => (await stat(join(path, name))).size));
  return { path, at: mtimeMs, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function undefinedIfGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function emptyIfGone(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
