import { OrcaError } from '../errors.ts';
import { isWithin } from '../model/file.ts';

/** Mounted in every container when it starts. */
const KERNELS = ['/proc', '/sys', '/dev'];

/**
 * Docker copies beside what is mounted only while the container runs: no process would ever see what was copied there, and what
 * they see there is not found.
 *
 * @param path absolute
 * @param tmpfs paths of the container that are kept in memory
 * @throws OrcaError `conflict`
 */
export function requireSeen(path: string, tmpfs: readonly string[]): void {
  const plain = plainPath(path);
  const at = [...KERNELS, ...tmpfs].find((one) => isWithin(plain, one));
  if (at === undefined) return;
  const what = KERNELS.includes(at) ? "the kernel's" : 'a tmpfs';
  throw new OrcaError('conflict', `${at} is ${what}, and docker copies neither to nor from it`, {
    hint: 'copy to another folder, or write there with `orca exec`',
  });
}

/** Without what leads nowhere, and back. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
