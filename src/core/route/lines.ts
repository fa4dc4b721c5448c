const NEWLINE = 10;

/** Cuts a byte stream into lines. `push` returns the lines that are now whole, or 'too-long' once one exceeds `limit` bytes. */
export interface LineSplitter {
  push(chunk: Uint8Array): readonly string[] | 'too-long';
}

export function createLineSplitter(limit: number): LineSplitter {
  let parts: Uint8Array[] = [];
  let held = 0;

  const hold = (part: Uint8Array): void => {
    parts.push(part);
    held += part.length;
  };

  const take = (): string => {
    const line = Buffer.concat(parts).toString('utf8');
    parts = [];
    held = 0;
    return line;
  };

  return {
    push(chunk) {
      const lines: string[] = [];
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        hold(chunk.subarray(from, end));
        if (held > limit) return 'too-long';
        lines.push(take());
        from = end + 1;
      }
      hold(chunk.subarray(from));
      return held > limit ? 'too-long' : lines;
    },
  };
}
