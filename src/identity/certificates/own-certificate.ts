import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** All PEM. */
interface Brought {
  /** The leaf first. */
  readonly chain: string;
  readonly key: string;
  readonly names: readonly string[];
  /** Epoch ms. */
  readonly now: number;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Why clients would not believe a certificate that somebody brings along, as a sentence without its key; undefined if they may. */
export function ownCertificateProblem({ chain, key, names, now }: Brought): string | undefined {
  const [leaf, ...others] = certificatesIn(chain);
  if (leaf === undefined) return 'it holds no certificate: expected PEM, `-----BEGIN CERTIFICATE-----` ...';
  const privateKey = keyIn(key);
  if (privateKey === undefined) return 'its private key cannot be read: expected PEM without a passphrase';
  if (!leaf.checkPrivateKey(privateKey)) return 'its private key is that of another certificate';
  const other = names.find((name) => leaf.checkHost(name, { subject: 'never' }) === undefined);
  if (other !== undefined) return `it is not for ${other}, but for ${namesOf(leaf)}`;
  const late = [leaf, ...others].find((one) => one.validToDate.getTime() <= now);
  if (late) return `${late === leaf ? 'it' : `${late.subject} of its chain`} has expired on ${dayOf(late.validToDate)}`;
  if (leaf.validFromDate.getTime() > now) return `it is not valid before ${dayOf(leaf.validFromDate)}`;
  return brokenLink([leaf, ...others]);
}

function certificatesIn(chain: string): readonly X509Certificate[] {
  try {
    return (chain.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

function keyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** Each is to be signed by the next (RFC 5246 section 7.4.2). */
function brokenLink(all: readonly X509Certificate[]): string | undefined {
  const at = all.findIndex((one, i) => {
    const next = all[i + 1];
    return next !== undefined && !(one.checkIssued(next) && one.verify(next.publicKey));
  });
  return at < 0 ? undefined : `its chain is out of order: certificate ${at + 1} is not signed by the one after it`;
}

const namesOf = ({ subjectAltName = 'nothing' }: X509Certificate): string =>
  subjectAltName.replaceAll('DNS:', '').slice(0, 200);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
