import { X509Certificate } from 'node:crypto';
import {
  acme,
  agreeToTerms,
  type CertificateBody,
  certificate,
  certificates,
  internalCa,
  renewCertificate,
} from '../../contract/certificates.ts';
import { notFound, OrcaError } from '../../core/errors.ts';
import type { AcmeAgreement } from '../../core/model/certificate.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { type AcmeOptions, agree, readMeta } from '../certificates/agree.ts';
import { type PresentOptions, presentCertificates } from '../certificates/present.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export type CertificateRoutesOptions = PresentOptions & AcmeOptions;

/** Certificates of domains. No answer holds a private key. */
export function certificateRoutes(options: CertificateRoutesOptions): readonly Route[] {
  const { state, clock, authority } = options;

  const visible = async (caller: Caller): Promise<readonly CertificateBody[]> =>
    (await presentCertificates(options)).filter(({ project }) => reaches(caller, project));

  async function find(caller: Caller, name: string): Promise<CertificateBody> {
    const found = (await visible(caller)).find((one) => one.name === name);
    if (found) return found;
    throw notFound('certificate', name);
  }

  return [
    route(certificates, async ({ caller, query: { project } }) => {
      const found = (await visible(caller)).filter((one) => project === undefined || one.project === project);
      return ok({ certificates: found });
    }),
    route(certificate, async ({ caller, params }) => ok(await find(caller, params.name))),
    route(renewCertificate, async ({ caller, params }) => {
      const { name, source, next } = await find(caller, params.name);
      requireRenewable(name, source, next.step);
      const wish = { name, askedAt: clock.now(), askedBy: caller.name };
      await state.store.txn({ then: [state.renewalWishes.put(wish)] });
      return { status: 202, body: { ok: `a new certificate of ${name} is on its way; see \`orca certs\``, name } };
    }),
    route(acme, async ({ signal }) => {
      const { terms = null, needsBinding } = await readMeta(options, signal);
      const found = await state.acmeAgreements.get(encodeURIComponent(authority));
      return ok({ ...acmeBody(authority, found?.value), terms, account_needed: needsBinding });
    }),
    route(agreeToTerms, async ({ body, caller, signal }) =>
      ok(acmeBody(authority, await agree(options, body, caller, signal))),
    ),
    route(internalCa, async () => {
      const [found] = await state.internalAuthorities.list();
      if (!found)
        throw new OrcaError('not_found', 'the cluster has no internal CA yet', {
          hint: 'orca makes one when the first service with `tls: internal` is deployed',
        });
      const { id, certificate: pem } = found.value;
      return ok({ certificate: pem, digest: id, expires_at: new X509Certificate(pem).validToDate.getTime() });
    }),
  ];
}

const acmeBody = (directory: string, agreement: AcmeAgreement | undefined) => ({
  directory,
  agreed: agreement ? { at: agreement.agreedAt, by: agreement.agreedBy, email: agreement.email ?? null } : null,
});

/** @throws OrcaError `conflict` where nothing would come of it, saying what to do */
function requireRenewable(
  name: string,
  source: CertificateBody['source'],
  next: CertificateBody['next']['step'],
): void {
  if (source === 'own')
    throw new OrcaError('conflict', `the certificate of ${name} is your own`, {
      hint: 'set its secrets anew: orca secrets set',
    });
  if (next === 'agree')
    throw new OrcaError('conflict', 'nobody has agreed to the terms of the CA yet', {
      hint: 'agree once: orca certs agree',
    });
  if (next === 'unsignable')
    throw new OrcaError('conflict', `no public CA signs a certificate for ${name}`, { hint: 'set `tls: internal`' });
}
