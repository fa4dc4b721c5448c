/** A piece of one stream's output. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** A piece of a frame's payload; the last one of a frame `ends` it. */
export interface FramePiece extends OutputChunk {
  readonly ends: boolean;
}

/**
 * Takes Docker's multiplexed stream apart, whatever way it is cut into chunks: a header of 8 bytes (stream, 0, 0, 0, length,
 * big-endian) before each payload. Payloads are handed on as they come, never collected.
 * https://docs.docker.com/reference/api/engine/ "Stream format"
 */
export function createFrameReader(): (chunk: Uint8Array) => Generator<FramePiece> {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: OutputChunk['stream'] = 'stdout';

  const readHeader = (bytes: Buffer): Buffer => {
    const missing = 8 - header.length;
    header = Buffer.concat([header, bytes.subarray(0, missing)]);
    if (header.length === 8) {
      stream = header[0] === 2 ? 'stderr' : 'stdout';
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
    return bytes.subarray(missing);
  };

  return function* (chunk) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      if (left === 0) {
        rest = readHeader(rest);
        continue;
      }
      const bytes = rest.subarray(0, left);
      rest = rest.subarray(bytes.length);
      left -= bytes.length;
      yield { stream, bytes, ends: left === 0 };
    }
  };
}
