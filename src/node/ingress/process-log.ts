import { lstatSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { clearAway, type LogFile, openLogFile } from '../../telemetry/log-file.ts';

/** Past this size it is begun anew at a start, bytes. */
const LIMIT = 10 * 1024 * 1024;

export const logPath = (dir: string): string => join(dir, 'ingress', 'ingress.log');

/**
 * Opens the log of the data plane's processes for appending. The directory belongs to an unprivileged user: whatever lies
 * there that is not a file of its own is taken away.
 */
export function openProcessLog(dir: string): LogFile {
  mkdirSync(join(dir, 'ingress'), { recursive: true, mode: 0o700 });
  const path = logPath(dir);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isFile() && there.size > LIMIT) {
    clearAway(`${path}.1`);
    renameSync(path, `${path}.1`);
  }
  return openLogFile(path, 0o600);
}
