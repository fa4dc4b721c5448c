/** Lets whole lines of a byte stream pass, so that lines of several streams can be written into one file. */
export interface LineGate {
  /** What can be written now; it ends with a line. */
  push(chunk: Buffer): readonly Buffer[];
}

const NEWLINE = 10;

/** @param limit bytes of a line; a longer one is dropped, and told as lost */
export function createLineGate(limit: number, onLost: (count: number) => void): LineGate {
  let held: Buffer[] = [];
  let size = 0;
  /** In a line that was too long. */
  let skipping = false;

  const hold = (part: Buffer): void => {
    held = [...held, part];
    size += part.length;
    if (size <= limit) return;
    held = [];
    size = 0;
    skipping = true;
  };

  const pass = (part: Buffer): readonly Buffer[] => {
    const whole = [...held, part];
    held = [];
    size = 0;
    return whole;
  };

  /** What comes after the end of the line that is skipped. */
  const skip = (chunk: Buffer): Buffer => {
    const end = chunk.indexOf(NEWLINE);
    if (end < 0) return Buffer.alloc(0);
    skipping = false;
    onLost(1);
    return chunk.subarray(end + 1);
  };

  return {
    push(given) {
      const chunk = skipping ? skip(given) : given;
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      const whole = end > 0 ? pass(chunk.subarray(0, end)) : [];
      if (end < chunk.length) hold(chunk.subarray(end));
      return whole;
    },
  };
}
