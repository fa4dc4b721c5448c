import type { Call } from './recording.ts';

/** Of what was not synced: 0 is lost, 1 is on the disk, between them that share of it. */
export type Dice = () => number;

type Change = Extract<Call, { kind: 'write' | 'truncate' }>;

interface Inode {
  durable: Buffer;
  pending: Change[];
}

type Names = Map<string, Inode>;

/**
 * A disk that keeps no promise but fsync's: writes that were not synced are lost, kept or torn at a sector, each on its own;
 * names of a folder that was not synced are there up to any of their changes. After a failed sync what was pending is
 * there or lost for good, as a later one reports success without it (the Linux page cache).
 */
export class Disk {
  readonly #seen: Names = new Map();
  readonly #durable: Names = new Map();
  #renamed: ((names: Names) => void)[] = [];
  readonly #dice: Dice;

  constructor(files: ReadonlyMap<string, Buffer>, dice: Dice) {
    this.#dice = dice;
    for (const [path, durable] of files) this.#rename((names) => names.set(path, { durable, pending: [] }), true);
  }

  apply(call: Call): void {
    if (call.kind === 'write' || call.kind === 'truncate') this.#seen.get(call.path)?.pending.push(call);
    else if (call.kind === 'sync') this.#sync(call);
    else if (call.kind !== 'acknowledged') this.#name(call);
  }

  /** What is there when the power comes back. */
  afterCut(): ReadonlyMap<string, Buffer> {
    const names = new Map(this.#durable);
    for (const change of this.#renamed) {
      if (this.#dice() < 0.5) break;
      change(names);
    }
    return new Map(Array.from(names, ([path, inode]) => [path, this.#survivors(inode)]));
  }

  #name(call: Exclude<Call, Change | { kind: 'sync' | 'acknowledged' }>): void {
    const inode = this.#seen.get(call.path) ?? { durable: Buffer.alloc(0), pending: [] };
    if (call.kind === 'create' && this.#seen.has(call.path)) return;
    if (call.kind === 'create') this.#rename((names) => names.set(call.path, inode));
    if (call.kind === 'link') this.#rename((names) => names.set(call.to, inode));
    if (call.kind === 'remove') this.#rename((names) => names.delete(call.path));
    if (call.kind === 'rename') this.#rename((names) => names.delete(call.path) && names.set(call.to, inode));
  }

  #rename(change: (names: Names) => void, durable = false): void {
    change(this.#seen);
    if (durable) change(this.#durable);
    else this.#renamed.push(change);
  }

  #sync({ path, failed }: Extract<Call, { kind: 'sync' }>): void {
    const inode = this.#seen.get(path);
    if (inode) {
      inode.durable = failed ? this.#survivors(inode) : inode.pending.reduce(whole, inode.durable);
      inode.pending = [];
    } else if (!failed) {
      for (const change of this.#renamed) change(this.#durable);
      this.#renamed = [];
    }
  }

  #survivors({ durable, pending }: Inode): Buffer {
    return pending.reduce((content, change) => torn(content, change, this.#dice()), durable);
  }
}

const SECTOR = 512;

const whole = (content: Buffer, change: Change): Buffer => torn(content, change, 1);

function torn(content: Buffer, change: Change, share: number): Buffer {
  if (change.kind === 'truncate') return share < 0.5 ? content : resized(content, change.size);
  const size = share >= 1 ? change.data.length : Math.floor((share * change.data.length) / SECTOR) * SECTOR;
  const written = resized(content, Math.max(content.length, size === 0 ? 0 : change.at + size));
  change.data.copy(written, change.at, 0, size);
  return written;
}

/** A copy; what is new reads as zeros. */
function resized(content: Buffer, size: number): Buffer {
  const copy = Buffer.alloc(size);
  content.copy(copy);
  return copy;
}
