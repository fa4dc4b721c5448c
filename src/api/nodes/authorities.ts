import type { AuthoritiesBody } from '../../contract/node-authorities.ts';
import {
  type AuthoritiesOptions,
  authoritiesInForce,
  beginRotation,
  dropOldAuthority,
} from '../../controllers/joined/authorities.ts';
import type { NodeSight } from '../../controllers/joined/sights.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Node } from '../../core/model/node.ts';
import { isOfNewest } from '../../core/nodes/renewal.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { readCertificate } from '../../identity/certificates/certificate.ts';
import type { State } from '../../store/state.ts';

export interface RotateOptions extends AuthoritiesOptions {
  readonly joined: { sight(id: string): NodeSight };
}

/** The CAs in force, and whose certificates are of an older one than signs now. */
export async function presentAuthorities({
  state,
  joined,
}: Pick<RotateOptions, 'state' | 'joined'>): Promise<AuthoritiesBody> {
  const inForce = (await authoritiesInForce(state)).map(({ value }) => value);
  const waiting = await nodesWaiting(state);
  return {
    authorities: inForce.map(({ id, certificate, createdAt }, at) => ({
      sha256: id,
      created_at: createdAt,
      expires_at: readCertificate(certificate).until,
      signs: at === 0,
    })),
    waiting_for: waiting.map(({ id, name }) => ({ node_id: id, name, status: joined.sight(id).life })),
  };
}

/** @throws OrcaError see `beginRotation`; `conflict` if there is none to end */
export async function rotateAuthority(options: RotateOptions, finish: boolean, caller: Caller): Promise<void> {
  const { state, clock } = options;
  if (!finish) {
    const reason = `a new CA signs for nodes; the old one stays until all nodes have its certificates (by ${caller.name})`;
    await beginRotation(options, (at) => state.event({ kind: 'node', at, name: 'ca', reason }));
    return;
  }
  const without = (await nodesWaiting(state)).map(({ name }) => name);
  const lost = without.length === 0 ? '' : `; to join again: ${without.slice(0, 20).join(', ')}`;
  const reason = `the old CA is dropped${lost} (by ${caller.name})`;
  const dropped = await dropOldAuthority(state, [], state.event({ kind: 'node', at: clock.now(), name: 'ca', reason }));
  if (!dropped)
    throw new OrcaError('conflict', 'the CA is not being replaced', { hint: 'begin with `orca node rotate-ca`' });
}

async function nodesWaiting(state: State): Promise<readonly Node[]> {
  const [authorities, nodes] = await Promise.all([authoritiesInForce(state), state.nodes.listReadable()]);
  const ids = authorities.map(({ value }) => value.id);
  return nodes.records
    .map(({ value }) => value)
    .filter(({ joined }) => joined !== undefined && !isOfNewest(joined.certificates, ids))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
