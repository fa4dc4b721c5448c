/**
 * Whether the first bytes of a connection are a ClientHello (RFC 8446 section 4.1.2) that offers this one protocol by ALPN (RFC
 * 7301). Only the beginning of a record is read: a hello in pieces, or anything odd, is none. Node shows the protocols when the
 * certificate is chosen already, and `acme-tls/1` is to be shown another one (RFC 8737).
 */
export function offersAlone(bytes: Buffer, protocol: string): boolean {
  try {
    return protocolsIn(bytes) === protocol;
  } catch {
    return false; // It ends too early.
  }
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const ALPN = 16;
/** Of a record's head, a message's head, the version and the random bytes. */
const TO_SESSION = 5 + 4 + 2 + 32;

/** Of exactly one; undefined for none or several. @throws RangeError where it ends */
function protocolsIn(bytes: Buffer): string | undefined {
  if (bytes.readUInt8(0) !== HANDSHAKE || bytes.readUInt8(5) !== CLIENT_HELLO) return undefined;
  let at = TO_SESSION;
  at += 1 + bytes.readUInt8(at);
  at += 2 + bytes.readUInt16BE(at);
  at += 1 + bytes.readUInt8(at);
  const end = at + 2 + bytes.readUInt16BE(at);
  at += 2;
  while (at + 4 <= end) {
    const length = bytes.readUInt16BE(at + 2);
    if (bytes.readUInt16BE(at) === ALPN) return onlyOne(bytes, at + 4, length);
    at += 4 + length;
  }
  return undefined;
}

function onlyOne(bytes: Buffer, at: number, length: number): string | undefined {
  const size = bytes.readUInt8(at + 2);
  return length === 3 + size && bytes.readUInt16BE(at) === 1 + size
    ? bytes.toString('latin1', at + 3, at + 3 + size)
    : undefined;
}
