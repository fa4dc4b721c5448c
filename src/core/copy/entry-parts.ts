import { OrcaError } from '../errors.ts';

/**
 * The parts of a path in an archive, below the directory it is unpacked to. A slash in front is dropped, as tar does.
 *
 * @param dropped parts in front that are left out: the name under which it was packed
 * @throws OrcaError `invalid` for a path that leads out
 */
export function entryParts(path: string, dropped: number): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || path.includes('\0')) {
    throw new OrcaError('invalid', `the archive names a path outside of what was asked for: ${JSON.stringify(path)}`, {
      hint: 'nothing was copied',
    });
  }
  return parts.slice(dropped);
}
