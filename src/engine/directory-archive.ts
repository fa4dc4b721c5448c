const BLOCK = 512;

export interface ArchivedDirectory {
  /** Without slashes, short. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** A tar archive of one directory and nothing in it: POSIX ustar, as in pax(1); large ids as GNU tar writes them. */
export function directoryArchive({ name, uid, gid, mode }: ArchivedDirectory): Buffer {
  const archive = Buffer.alloc(3 * BLOCK);
  archive.write(`${name}/`, 0, 100);
  writeNumber(archive, 100, mode);
  writeNumber(archive, 108, uid);
  writeNumber(archive, 116, gid);
  archive.write('0'.repeat(11), 124);
  archive.write(octal(Math.floor(Date.now() / 1000), 11), 136);
  archive.write(' '.repeat(8), 148);
  archive.write('5', 156);
  archive.write('ustar\u000000', 257, 'latin1');
  const sum = archive.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  archive.write(`${octal(sum, 6)}\u0000 `, 148, 'latin1');
  return archive;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** Seven octal digits end at 2,097,151: beyond that the number itself follows a byte 0x80. */
function writeNumber(archive: Buffer, at: number, value: number): void {
  if (value < 8 ** 7) return void archive.write(octal(value, 7), at);
  archive[at] = 0x80;
  archive.writeUInt32BE(value, at + 4);
}
