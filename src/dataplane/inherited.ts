import { closeSync, readdirSync, readFileSync } from 'node:fs';

const O_CLOEXEC = 0o2000000;

/**
 * Closes what this process was started with and was not meant to have: Node lets its own descriptors end with it, and those
 * that are low, but a high one of whoever started the server would go on to every worker.
 */
export function closeInherited(meant: readonly (number | undefined)[]): void {
  const open = readdirSync('/proc/self/fd').map(Number);
  for (const fd of open) if (fd > 2 && !meant.includes(fd) && isHandedOn(fd)) closeSync(fd);
}

/** False too for the one by which the list was read. */
function isHandedOn(fd: number): boolean {
  try {
    const flags = /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false;
  }
}
