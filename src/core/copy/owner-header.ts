/** Six octal digits are all that the archive library has room for: beyond that it writes 262143 for whatever it is given. */
const LARGEST = 0o777777;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Of an entry in a tar archive: large ids as records of pax(1), which every reader takes before the header's. */
export const ownerHeader = ({ uid, gid }: Owner): Owner & { pax?: Record<string, string> } =>
  Math.max(uid, gid) <= LARGEST ? { uid, gid } : { uid, gid, pax: { uid: String(uid), gid: String(gid) } };

interface ReadEntry {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly pax?: Readonly<Record<string, string>> | null | undefined;
}

/** The same of an entry that was read. */
export const ownerOf = ({ uid = 0, gid = 0, pax }: ReadEntry): Owner => ({
  uid: Number(pax?.['uid'] ?? uid),
  gid: Number(pax?.['gid'] ?? gid),
});
