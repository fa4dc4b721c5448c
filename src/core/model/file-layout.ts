import { folderOf, isWithin } from './file.ts';

/** Files that are put into a container together. */
export interface FileGroup<F> {
  /** Where the archive of them is unpacked. */
  readonly folder: string;
  readonly files: readonly F[];
}

/** What decides where files can be put. */
export interface FileSurroundings {
  readonly readOnly: boolean;
  /** By their paths. */
  readonly tmpfs: Readonly<Record<string, string>>;
}

interface Targeted {
  readonly target: string;
}

/**
 * Where files go: into the container's own file system. Where that is read-only, or would lie under a tmpfs, the folder of a
 * file is a volume of its own, which goes with the container.
 */
export function groupFiles<F extends Targeted>(files: readonly F[], around: FileSurroundings): readonly FileGroup<F>[] {
  const folders = fileVolumes(files, around);
  const groups = ['/', ...folders].map((folder) => ({
    folder,
    files: files.filter(({ target }) => (folders.find((one) => isWithin(target, one)) ?? '/') === folder),
  }));
  return groups.filter((group) => group.files.length > 0);
}

/** The folders that are volumes: of one in the other only the outer. */
export function fileVolumes(files: readonly Targeted[], around: FileSurroundings): readonly string[] {
  const needed = files.filter(({ target }) => needsVolume(target, around)).map(({ target }) => folderOf(target));
  const all = [...new Set(needed)].sort();
  return all.filter((folder) => !all.some((other) => other !== folder && isWithin(folder, other)));
}

/** Whether nothing can be put there before the container starts, or would be seen then. */
export const needsVolume = (target: string, { readOnly, tmpfs }: FileSurroundings): boolean =>
  readOnly || Object.keys(tmpfs).some((path) => isWithin(target, path));
