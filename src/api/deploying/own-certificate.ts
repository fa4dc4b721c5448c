import { OrcaError } from '../../core/errors.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { ownCertificateProblem } from '../../identity/certificates/own-certificate.ts';
import { newestSecret } from '../../store/newest-secret.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';

/** Rejects with `invalid` for a spec whose own certificate no client would believe. */
export type CheckCertificate = (spec: ServiceSpec) => Promise<void>;

interface CertificateTools {
  readonly state: Pick<State, 'secrets' | 'secretVersions'>;
  readonly vault: Pick<Vault, 'open'>;
  /** Epoch ms, of this machine as it is: certificates go by it. */
  readonly wall: { now(): number };
}

/** Looks at the certificate that a service brings along, in its newest version; a secret that is not set is `invalid`, too. */
export const createCertificateCheck =
  (tools: CertificateTools): CheckCertificate =>
  (spec) =>
    requireOwnCertificate(tools, spec);

async function requireOwnCertificate(tools: CertificateTools, spec: ServiceSpec): Promise<void> {
  const { tls, domains: names } = spec;
  if (tls?.mode !== 'own') return;
  const [chain, key] = [await secretFor(tools, spec, 'cert'), await secretFor(tools, spec, 'key')];
  const problem = ownCertificateProblem({ chain, key, names, now: tools.wall.now() });
  if (problem === undefined) return;
  throw new OrcaError('invalid', `tls: the certificate in the secret ${tls.cert} cannot be served: ${problem}`, {
    hint: `set another one with: orca secrets set ${tls.cert} --project ${spec.project}`,
    details: { path: 'tls.cert' },
  });
}

/** Of the project, or else of the cluster. */
async function secretFor(
  { state, vault }: CertificateTools,
  spec: ServiceSpec,
  which: 'cert' | 'key',
): Promise<string> {
  const { project, tls } = spec;
  const key = tls?.[which] ?? '';
  const version = await newestSecret(state, project, key);
  if (version) return vault.open(version.key, version.value.value);
  throw new OrcaError('invalid', `tls.${which}: the secret ${key} is not set in the project ${project}`, {
    hint: `set it with: orca secrets set ${key} --project ${project}`,
    details: { path: `tls.${which}`, keys: [key] },
  });
}
