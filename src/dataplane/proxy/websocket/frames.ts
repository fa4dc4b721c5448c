const CLOSE = 8;

/** Follows the frames of one direction of a WebSocket (RFC 6455 section 5.2) by their headers alone. */
export class FrameTracker {
  /** A close frame has begun. */
  closing = false;
  #need = 2;
  readonly #header = new Uint8Array(14);
  #have = 0;
  /** Of the present frame's payload, bytes to come. */
  #left = 0;

  /** Whether a frame of the proxy's own could stand here. */
  get atBoundary(): boolean {
    return this.#left === 0 && this.#have === 0;
  }

  feed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, bytes.length - at);
        this.#left -= skipped;
        at += skipped;
      } else this.#headerByte(bytes[at++] ?? 0);
    }
  }

  #headerByte(byte: number): void {
    this.#header[this.#have++] = byte;
    if (this.#have === 1 && (byte & 0x0f) === CLOSE) this.closing = true;
    if (this.#have === 2) this.#need = 2 + extendedBytes(byte) + (byte >= 0x80 ? 4 : 0);
    if (this.#have < this.#need || this.#have < 2) return;
    this.#left = this.#payloadLength();
    this.#have = 0;
    this.#need = 2;
  }

  #payloadLength(): number {
    const short = (this.#header[1] ?? 0) & 0x7f;
    const extended = extendedBytes(short);
    let length = extended === 0 ? short : 0;
    for (let at = 2; at < 2 + extended; at++) length = length * 256 + (this.#header[at] ?? 0);
    return length;
  }
}

function extendedBytes(lengthByte: number): number {
  const short = lengthByte & 0x7f;
  return short === 127 ? 8 : short === 126 ? 2 : 0;
}
