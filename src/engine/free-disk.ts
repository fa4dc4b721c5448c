import { statfs } from 'node:fs/promises';

/** The disk of the engine's data root. Bytes. */
export interface EngineDisk {
  readonly root: string;
  /** Whose it is, as `node "web2"`; undefined: this machine's. */
  readonly place?: string | undefined;
  readonly size: number;
  readonly free: number;
}

/** What of `GET /info` says where images lie. */
export interface DiskInfo {
  readonly DockerRootDir: string;
  readonly DriverStatus?: readonly (readonly [string, string])[] | null;
}

/** The disk of an engine that has told this; undefined where it is not known. */
export type DiskOf = (info: DiskInfo) => Promise<EngineDisk | undefined>;

/** Undefined where this process cannot see it, and where images lie elsewhere: with containerd. */
export async function freeDisk({ DockerRootDir: root, DriverStatus }: DiskInfo): Promise<EngineDisk | undefined> {
  if (DriverStatus?.some(([, value]) => value.startsWith('io.containerd.snapshotter'))) return undefined;
  const found = await statfs(root).catch(() => undefined);
  return found && { root, size: found.blocks * found.bsize, free: found.bavail * found.bsize };
}
