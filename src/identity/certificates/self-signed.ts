import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { newPrivateKey } from './key.ts';

/** Both PEM. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

const DAY = 86_400_000;
const LIFETIME = 3650 * DAY;

/**
 * A certificate that vouches for nobody, for where there is no other (RFC 5280): EC P-256. Written here, and not by the library
 * for others, as every data plane makes one at its start and the library takes 20 MB.
 *
 * @param commonName ASCII
 * @param now epoch ms
 */
export function makeSelfSigned(commonName: string, now: number): SelfSigned {
  const key = newPrivateKey();
  const privateKey = createPrivateKey(key);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from(commonName)))));
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.of(2))),
    der(INTEGER, serial()),
    SIGNED_WITH,
    name,
    der(SEQUENCE, time(now - DAY), time(now + LIFETIME)),
    name,
    spki,
  );
  const signature = der(BITS, Buffer.of(0), sign('sha256', body, privateKey));
  return { certificate: pem(der(SEQUENCE, body, SIGNED_WITH, signature)), key };
}

const [SEQUENCE, SET, INTEGER, BITS, UTF8, UTC_TIME, VERSION] = [0x30, 0x31, 0x02, 0x03, 0x0c, 0x17, 0xa0];

/** ecdsa-with-SHA256 (RFC 5758), and id-at-commonName: each as a whole. */
const SIGNED_WITH = Buffer.from('300a06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

/** The first bit is 0, as it is positive; the next 1, so that no byte of it is left out. */
function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** YYMMDDHHMMSSZ: RFC 5280, 4.1.2.5.1, has it until 2049. */
const time = (at: number): Buffer =>
  der(
    UTC_TIME,
    Buffer.from(
      `${new Date(at)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
