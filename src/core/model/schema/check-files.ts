import { folderOf, isWithin } from '../file.ts';
import { needsVolume } from '../file-layout.ts';
import type { SoundKeys } from './checks.ts';
import type { SpecIssue } from './issue.ts';

/** Rules between files, and between them and what is mounted. */
export function checkFiles(service: SoundKeys): SpecIssue[] {
  const { files = [], tmpfs = [], volumes = [], read_only: readOnly = false } = service;
  const around = { readOnly, tmpfs: Object.fromEntries(tmpfs) };
  const mounts = [...tmpfs.map(([path]) => path), ...volumes.map(({ target }) => target)];
  const targets = files.map(({ target }) => target);
  return files.flatMap(({ target }, i) => {
    const problem =
      besideFiles(target, targets) ??
      besideMounts(
        target,
        mounts,
        volumes.map((one) => one.target),
      ) ??
      (needsVolume(target, around) ? inFolder(target, mounts) : undefined);
    return problem ? [{ path: ['files', i, 'target'], ...problem }] : [];
  });
}

type Problem = Pick<SpecIssue, 'message' | 'hint'>;

function besideFiles(target: string, targets: readonly string[]): Problem | undefined {
  const file = targets.find((other) => other !== target && isWithin(target, other));
  return file === undefined
    ? undefined
    : { message: `${file} is a file itself, and no folder`, hint: 'choose another target' };
}

function besideMounts(target: string, mounts: readonly string[], volumes: readonly string[]): Problem | undefined {
  const below = volumes.find((mount) => mount !== target && isWithin(target, mount));
  if (below !== undefined) {
    return {
      message: `${below} is a volume, and a file of the container is none of the volume`,
      hint: 'choose a target outside it',
    };
  }
  const inside = mounts.find((mount) => mount !== target && isWithin(mount, target));
  return inside === undefined
    ? undefined
    : { message: `${inside} is mounted in it, so it is a folder`, hint: 'choose another target' };
}

/** Its folder is going to be a volume: it must be one that has nothing else in it that counts. */
function inFolder(target: string, mounts: readonly string[]): Problem | undefined {
  const folder = folderOf(target);
  const mounted = mounts.find((mount) => isWithin(mount, folder));
  if (folder.split('/').length > 2 && mounted === undefined) return undefined;
  const why = mounted === undefined ? `${folder} is no folder of its own` : `${mounted} is mounted there`;
  return {
    message: `with \`read_only\` or a tmpfs the folder of a file is mounted by itself, and ${why}`,
    hint: 'put it into a folder such as /run/secrets or /etc/app',
  };
}
