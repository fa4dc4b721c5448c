/** A file that is put into a container before it starts. */
export interface FileSpec {
  /** Absolute path in the container. */
  readonly target: string;
  /** Three or four octal digits. */
  readonly mode: string;
  /** `uid:gid` */
  readonly owner: string;
  /** Of its content; undefined for a secret. */
  readonly sha256?: string | undefined;
  /** Bytes of its content. */
  readonly size?: number | undefined;
  /** The key of the secret that is its content. */
  readonly secret?: string | undefined;
}

/** Content that files of specs name by its digest, whichever service they are of. */
export interface StoredFile {
  readonly sha256: string;
  readonly size: number;
  /** All of its content is there. */
  readonly whole?: true | undefined;
}

/** Bytes of one file. */
export const MAX_FILE = 1024 * 1024;
/** Bytes of all files of a deploy. */
export const MAX_FILES = 10 * 1024 * 1024;

/** The folder of a path: `/run/secrets` of `/run/secrets/db`. */
export const folderOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** Whether a path is another one, or lies in it. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(`${folder}/`);
