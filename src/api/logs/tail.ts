const BLOCK = 64 * 1024;

/** The last lines of a log as they are sent, packed: they take their bytes, not an object each. */
export interface Tail {
  /** @param line with its line feed */
  add(line: string): void;
  /** Bytes held. */
  held(): number;
  /** The lines, oldest first, in pieces; each is given up as it is taken. */
  take(): Generator<string, void, undefined>;
  /** Gives up what was not taken. */
  drop(): void;
}

interface Block {
  readonly bytes: Buffer;
  used: number;
  lines: number;
}

/**
 * @param count lines kept at most
 * @param room bytes held at most; older lines go first. One block is held whatever it says.
 */
export function createTail(count: number, room: number): Tail {
  const blocks: Block[] = [];
  let lines = 0;
  let held = 0;

  function dropFirst(): void {
    const first = blocks.shift();
    lines -= first?.lines ?? 0;
    held -= first?.bytes.length ?? 0;
  }

  function blockFor(length: number): Block {
    const last = blocks.at(-1);
    if (last && last.bytes.length - last.used >= length) return last;
    const size = Math.max(BLOCK, length);
    while (blocks.length > 0 && held + size > room) dropFirst();
    const block = { bytes: Buffer.allocUnsafeSlow(size), used: 0, lines: 0 };
    blocks.push(block);
    held += size;
    return block;
  }

  return {
    add(line) {
      if (count === 0) return;
      const block = blockFor(Buffer.byteLength(line));
      block.used += block.bytes.write(line, block.used);
      block.lines += 1;
      lines += 1;
      while (lines - (blocks[0]?.lines ?? 0) >= count) dropFirst();
    },
    held: () => held,
    *take() {
      for (let skip = Math.max(0, lines - count); blocks.length > 0; skip = 0) {
        const { bytes, used } = blocks[0] as Block;
        const from = afterLines(bytes, skip);
        dropFirst();
        yield bytes.toString('utf8', from, used);
      }
    },
    drop: () => {
      while (blocks.length > 0) dropFirst();
    },
  };
}

/** Where the line after so many begins. */
function afterLines(bytes: Buffer, count: number): number {
  let from = 0;
  for (let left = count; left > 0; left -= 1) from = bytes.indexOf(LF, from) + 1;
  return from;
}

const LF = 10;
