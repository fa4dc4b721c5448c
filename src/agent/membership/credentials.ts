import { X509Certificate } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { OrcaError } from '../../core/errors.ts';
import type { CertificateRequest, NewCertificate } from '../../core/nodes/wire.ts';
import { readCertificate } from '../../identity/certificates/certificate.ts';
import { digestOfPrivateKey, newPrivateKey } from '../../identity/certificates/key.ts';
import { makeSigningRequest } from '../../identity/certificates/signing-request.ts';
import { syncFolder, writePrivately } from '../../identity/write-privately.ts';
import type { NodeFiles } from './files.ts';
import { readIfThere } from './read-file.ts';

/** With what a node shows who it is, and whom it believes. PEM. */
export interface Shown {
  readonly key: string;
  readonly cert: string;
  readonly ca: readonly string[];
}

export interface Credentials {
  readonly id: string;
  shown(): Shown;
  /** Epoch ms: when the certificate ends. */
  until(): number;
  /** A new key, kept beside the one in use, and a request for it. */
  request(): Promise<CertificateRequest>;
  /** Takes a certificate for the key that was asked for last, or for the one in use. @throws OrcaError `invalid` if it does not fit */
  adopt(given: NewCertificate): Promise<void>;
}

const MOST_CAS = 8;

/**
 * Key, certificate and CAs of a node. A certificate belongs to the key in use or to the next one: which of them says the
 * certificate itself, so that a process that is killed between two files leaves a pair that fits.
 *
 * @throws OrcaError `unavailable` for a machine that has not joined, or whose files do not fit each other
 */
export async function openCredentials(files: NodeFiles): Promise<Credentials> {
  const id = (await need(files.id)).trim();
  let cert = await need(files.certificate);
  let ca = splitPem(await need(files.ca));
  let key = await settleKey(files, keyOf(cert));
  let asked = Promise.resolve();
  const one = <T>(work: () => Promise<T>): Promise<T> => {
    const done = asked.then(work);
    asked = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  };

  const request = async (): Promise<CertificateRequest> => {
    const next = newPrivateKey();
    await writePrivately(files.nextKey, next);
    return { csr: await makeSigningRequest(next, id) };
  };

  const adopt = async (given: NewCertificate): Promise<void> => {
    refuseMisfit(given, id);
    const keys = [key, await readIfThere(files.nextKey)];
    if (!keys.some((each) => each !== undefined && digestOfPrivateKey(each) === keyOf(given.certificate))) {
      throw new OrcaError('invalid', 'the certificate is for another key than was asked for');
    }
    await writeCertificate(files, given);
    key = await settleKey(files, keyOf(given.certificate));
    cert = given.certificate;
    ca = given.ca;
  };

  return {
    id,
    shown: () => ({ key, cert, ca }),
    until: () => readCertificate(cert).until,
    request: () => one(request),
    adopt: (given) => one(() => adopt(given)),
  };
}

/** The CAs first: a certificate that none of them has signed is of no use. */
export async function writeCertificate(files: NodeFiles, { certificate, ca }: NewCertificate): Promise<void> {
  await writePrivately(files.ca, ca.map((one) => `${one.trim()}\n`).join(''));
  await writePrivately(files.certificate, `${certificate.trim()}\n`);
}

/** @throws OrcaError `invalid` unless it is this node's, and signed by one of the CAs */
export function refuseMisfit({ certificate, ca }: NewCertificate, id: string): void {
  if (ca.length === 0 || ca.length > MOST_CAS) throw new OrcaError('invalid', `expected 1 to ${MOST_CAS} CAs`);
  readCertificate(certificate);
  for (const one of ca) readCertificate(one);
  const read = new X509Certificate(certificate);
  if (read.subject !== `CN=${id}`) throw new OrcaError('invalid', 'the certificate is not for this node');
  if (!ca.some((one) => isSignedBy(read, one))) {
    throw new OrcaError('invalid', 'the certificate is signed by none of the CAs that came with it');
  }
}

function isSignedBy(certificate: X509Certificate, ca: string): boolean {
  const issuer = new X509Certificate(ca);
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

const keyOf = (certificate: string): string => readCertificate(certificate).key;

/** Finishes what was cut short. @param digest of the certificate's key */
async function settleKey(files: NodeFiles, digest: string): Promise<string> {
  const key = await need(files.key);
  if (digestOfPrivateKey(key) === digest) return key;
  const next = await readIfThere(files.nextKey);
  if (next === undefined || digestOfPrivateKey(next) !== digest) {
    throw new OrcaError('unavailable', `the certificate in ${files.certificate} does not belong to the key beside it`, {
      hint: 'join again with a line of `orca node token`',
    });
  }
  await rename(files.nextKey, files.key);
  await syncFolder(files.folder);
  return next;
}

async function need(file: string): Promise<string> {
  const text = await readIfThere(file);
  if (text !== undefined) return text;
  throw new OrcaError('unavailable', `this machine has not joined a cluster to the end: ${file} is missing`, {
    hint: 'run `orca node token` on the master, and `orca join` here with the line that it prints',
  });
}

const splitPem = (text: string): readonly string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/g) ?? [];

/** What a master of another cluster could make use of, a check that was passed there, and a network of that cluster. */
export async function forgetPast(files: NodeFiles): Promise<void> {
  for (const file of [files.term, files.checked, files.edge]) await rm(file, { force: true });
  await rm(files.logs, { recursive: true, force: true });
}
