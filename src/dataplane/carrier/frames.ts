const HEADER = 4;
/** Of what one frame may have: a socket reads less at once. */
const MOST_FRAME = 16 * 1024 * 1024;

/** The length of what follows; 0 is the end of a direction. */
export function frameHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER);
  header.writeUInt32BE(length);
  return header;
}

export interface FrameReader {
  /** False: it is no frame, or comes behind the end. */
  push(chunk: Buffer): boolean;
}

interface FrameUser {
  /** Of a frame, or a part of one. */
  readonly onBytes: (bytes: Buffer) => void;
  readonly onEnd: () => void;
}

/** Reads frames as they come, and holds nothing but a header that is not whole. */
export function createFrameReader({ onBytes, onEnd }: FrameUser): FrameReader {
  const header = Buffer.alloc(HEADER);
  let known = 0;
  let left = 0;
  let ended = false;

  /** Returns how many bytes of it are used up. */
  const readHeader = (chunk: Buffer, at: number): number => {
    const taken = chunk.copy(header, known, at, at + HEADER - known);
    known += taken;
    if (known < HEADER) return taken;
    known = 0;
    left = header.readUInt32BE();
    if (left === 0) ended = true;
    if (ended) onEnd();
    return taken;
  };

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (ended || left > MOST_FRAME) return false;
        if (left === 0) {
          at += readHeader(chunk, at);
          continue;
        }
        const bytes = chunk.subarray(at, at + left);
        at += bytes.length;
        left -= bytes.length;
        onBytes(bytes);
      }
      return left <= MOST_FRAME;
    },
  };
}
