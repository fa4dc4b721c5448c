import { isGroup } from './groups.ts';
import type { Result } from './record.ts';

/**
 * What a shared process did not get through, as it ended by itself, has failed, and is run once more like any other file. If it
 * got through all, and ended badly, each may have been the one.
 *
 * @param groups the files of each group; one of which nothing is recorded did not begin
 */
export function blamed(results: readonly Result[], groups: ReadonlyMap<string, readonly string[]>): readonly Result[] {
  const through = new Set(results.filter(({ file, name }) => name === file).map(({ file }) => file));
  const begun = new Set(results.map(({ file }) => file));
  const blame = ([group, files]: readonly [string, readonly string[]]): readonly Result[] => {
    if (!begun.has(group) && !files.some((file) => begun.has(file))) return [];
    const left = files.filter((file) => !through.has(file));
    const blamed = left.length === 0 && begun.has(group) ? files : left;
    return blamed.map((file) => ({ file, name: 'its process, which others shared, has ended', outcome: 'failed' }));
  };
  return [...results.filter(({ file }) => !isGroup(file)), ...[...groups].flatMap(blame)];
}
