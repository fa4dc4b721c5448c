import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTime } from './command.ts';

/** Files that need no disk, where the machine has it. */
const MEMORY = '/dev/shm';
const PREFIX = 'orca-cluster';

const place = (): string => (existsSync(MEMORY) ? MEMORY : tmpdir());

/** `orca-cluster-<pid of the test process>-<its start time>-<mark of the run>-<random>`: the name says whose it is. */
export const claimMemoryFolder = (): string =>
  mkdtempSync(join(place(), `${PREFIX}-${process.pid}-${startTime(process.pid)}-${markOf()}-`));

const markOf = (): string => process.env['ORCA_TEST_RUN'] ?? 'alone';

/** Names of those of a run that are still there: files in the temporary folder are found as such. */
export const memoryFoldersOf = (mark: string): readonly string[] =>
  folders().filter((name) => /^\d+-\d+-(.*)-[^-]+$/.exec(name.slice(PREFIX.length + 1))?.[1] === mark);

/** Removes those whose test process is dead: a killed test cannot do it. */
export function sweepMemoryFolders(): void {
  for (const name of folders()) {
    const [pid, started] = name.slice(PREFIX.length + 1).split('-');
    if (started !== undefined && startTime(Number(pid)) !== started)
      rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
}

const folders = (): readonly string[] =>
  existsSync(MEMORY) ? readdirSync(MEMORY).filter((name) => name.startsWith(`${PREFIX}-`)) : [];
