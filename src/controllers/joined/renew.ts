import type { Node } from '../../core/model/node.ts';
import { readSigningRequest } from '../../identity/certificates/signing-request.ts';
import { unchanged } from '../../store/collection.ts';
import type { Wire } from '../../tunnel/wire.ts';
import type { Commit } from '../commit.ts';
import { type AuthoritiesOptions, authoritiesInForce, openAuthority } from './authorities.ts';
import { issueForNode } from './node-certificate.ts';
import { keepFrom } from './roster.ts';

export interface RenewOptions extends AuthoritiesOptions {
  readonly commit: Commit;
}

/**
 * Gives a node its next certificate, over the connection that it has, for a key that it has just made. That it may show it is written
 * down before it gets it; that it may not show the one before any more, once it says that it has kept it. So a kill at any line,
 * of either, leaves the node with one that it may show.
 *
 * @throws OrcaError `unavailable`, `invalid`; StaleDecision
 */
export async function renew(
  options: RenewOptions,
  wire: Pick<Wire, 'requestCertificate' | 'giveCertificate'>,
  { id }: Node,
) {
  const { state, vault, clock, commit } = options;
  const { csr } = await wire.requestCertificate();
  const publicKey = await readSigningRequest(csr);
  const [stored, authorities] = await Promise.all([state.nodes.get(id), authoritiesInForce(state)]);
  const joined = stored?.value.joined;
  const [signing] = authorities;
  if (!stored || !joined || !signing) return;
  const signer = openAuthority(vault, signing.value);
  const inForce = authorities.map(({ value }) => value);
  const issued = await issueForNode({ id, publicKey, now: clock.now(), inForce, signer });
  const certificates = [...joined.certificates, issued.record];
  await commit(
    [unchanged(stored), ...authorities.map(unchanged)],
    [state.nodes.put({ ...stored.value, joined: { ...joined, certificates } })],
  );
  await wire.giveCertificate({ certificate: issued.certificate, ca: issued.ca });
  await keepFrom(state, commit, { id, key: issued.record.key });
}
