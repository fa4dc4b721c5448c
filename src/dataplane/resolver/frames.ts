/** DNS over TCP puts the length of each message, two bytes, before it. RFC 1035, 4.2.2 */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

export interface Frames {
  /** The messages that are whole now. */
  push(chunk: Buffer): readonly Buffer[];
}

/** Holds no more than one message and one chunk: a length has 16 bits. */
export function createFrames(): Frames {
  let held = Buffer.alloc(0);
  return {
    push(chunk) {
      held = Buffer.concat([held, chunk]);
      const found: Buffer[] = [];
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        found.push(Buffer.from(held.subarray(2, end)));
        held = held.subarray(end);
      }
      return found;
    },
  };
}
