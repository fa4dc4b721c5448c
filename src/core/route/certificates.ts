import { isList, isRecord, isText } from './checks.ts';

/**
 * What a data plane serves TLS with, whole: the next one replaces it. Private keys are in it, so it stands in no table, log or
 * answer: it goes over the control socket (or a node's wire), and lies in a file that only the supervisor's user may read.
 */
export interface CertificateSet {
  /** Another one with every change: what is acknowledged. */
  readonly id: string;
  /** Of two for the same name the first is served. */
  readonly certificates: readonly ServedCertificate[];
  readonly challenges: Challenges;
}

/** All PEM. */
export interface ServedCertificate {
  /** Lower case; `*.example.com` stands for one label. */
  readonly names: readonly string[];
  /** The leaf first. */
  readonly chain: string;
  readonly key: string;
}

/** What a CA is about to ask for (RFC 8555 section 8.3, RFC 8737). */
export interface Challenges {
  /** Answered in the clear, under any host: GET /.well-known/acme-challenge/TOKEN. */
  readonly http01: readonly HttpChallenge[];
  /** Shown to who offers `acme-tls/1` alone. */
  readonly alpn: readonly AlpnChallenge[];
}

export interface HttpChallenge {
  /** Characters of base64url. */
  readonly token: string;
  readonly keyAuthorization: string;
}

export interface AlpnChallenge {
  readonly name: string;
  readonly chain: string;
  readonly key: string;
}

export const NO_CERTIFICATES: CertificateSet = { id: '', certificates: [], challenges: { http01: [], alpn: [] } };

/** Where a CA asks for the answer to a challenge. */
export const CHALLENGE_PATH = '/.well-known/acme-challenge/';

/** A word of `wants` and of `takes`: sets are told, and acknowledged. */
export const CERTIFICATES = 'certificates';

const MOST = 10_000;
const few = <T>(v: unknown, is: (item: unknown) => item is T): v is readonly T[] => isList(v, is) && v.length <= MOST;

const isCertificate = (v: unknown): v is ServedCertificate =>
  isRecord(v) && few(v['names'], isText) && isText(v['chain']) && isText(v['key']);

const isHttpChallenge = (v: unknown): v is HttpChallenge =>
  isRecord(v) && isText(v['token']) && /^[A-Za-z0-9_-]+$/.test(v['token']) && isText(v['keyAuthorization']);

const isAlpnChallenge = (v: unknown): v is AlpnChallenge =>
  isRecord(v) && isText(v['name']) && isText(v['chain']) && isText(v['key']);

/** In its shape; whether keys and certificates fit is found by whoever serves with them. */
export function isCertificateSet(v: unknown): v is CertificateSet {
  if (!isRecord(v) || !isText(v['id']) || !isRecord(v['challenges'])) return false;
  const { http01, alpn } = v['challenges'];
  return few(v['certificates'], isCertificate) && few(http01, isHttpChallenge) && few(alpn, isAlpnChallenge);
}
