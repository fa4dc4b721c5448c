import type { KeyObject } from 'node:crypto';
import { OrcaError } from '../../core/errors.ts';
import type { JoinSecret } from '../../core/model/join-secret.ts';
import type { Node } from '../../core/model/node.ts';
import { type Admitted, admitJoin, type Refused } from '../../core/nodes/admit-join.ts';
import type { JoinReply, JoinRequest } from '../../core/nodes/wire.ts';
import { keyDigest } from '../../identity/certificates/key.ts';
import { readSigningRequest } from '../../identity/certificates/signing-request.ts';
import { digestOf, idOf, sameDigest } from '../../identity/token.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import { type Commit, StaleDecision } from '../commit.ts';
import { type AuthoritiesOptions, authoritiesInForce, openAuthority } from './authorities.ts';
import { takeCensus } from './census.ts';
import { type IssuedCertificate, issueForNode } from './node-certificate.ts';

export interface JoinOptions extends AuthoritiesOptions {
  readonly commit: Commit;
  readonly cluster: string;
  readonly isUp: (id: string) => boolean;
  readonly log: Log;
}

/** @param remote the address that it came from */
export type Join = (request: JoinRequest, remote: string) => Promise<JoinReply>;

const TRIES = 5;

/**
 * Lets a machine join, or says why not. The secret is used up and the node written down in one transaction: of two that come with one
 * secret one joins, and a master that is killed has done both or neither. A reply that is lost is asked for again.
 */
export function createJoin(options: JoinOptions): Join {
  const { log } = options;
  return async (request, remote) => {
    const reply = await attempt(options, request, remote).catch((error: unknown) => failed(error, log));
    const { name, id } = request;
    if (reply.type === 'refused')
      log.warn(
        { node: name.slice(0, 80), id: id.slice(0, 80), remote, code: reply.code },
        `a join was refused: ${reply.message}`,
      );
    else log.info({ node: reply.name, id: reply.id, remote }, 'a node joined');
    return reply;
  };
}

async function attempt(options: JoinOptions, request: JoinRequest, remote: string): Promise<JoinReply> {
  const publicKey = await readSigningRequest(request.csr);
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      return await joinOnce(options, request, { publicKey, remote });
    } catch (error) {
      if (!(error instanceof StaleDecision)) throw error;
    }
  }
  throw new OrcaError('unavailable', 'others join at the same time', { hint: 'try again' });
}

interface Asker {
  readonly publicKey: KeyObject;
  readonly remote: string;
}

/** @throws StaleDecision */
async function joinOnce(options: JoinOptions, request: JoinRequest, asker: Asker): Promise<JoinReply> {
  const { state, commit, clock, cluster, isUp, vault } = options;
  const now = clock.now();
  const census = await takeCensus(state);
  const [nodes, authorities, secret] = await Promise.all([
    state.nodes.list(),
    authoritiesInForce(state),
    secretOf(state, request.secret),
  ]);
  const key = keyDigest(asker.publicKey);
  const values = nodes.map(({ value }) => value);
  const decision = admitJoin({ request, key, secret: secret?.value, nodes: values, isUp, now });
  const [signing] = authorities;
  if (decision.type === 'refused') return decision;
  if (!secret || !signing) throw new OrcaError('unavailable', 'the cluster has no CA any more');
  const signer = openAuthority(vault, signing.value);
  const inForce = authorities.map(({ value }) => value);
  const issued = await issueForNode({ id: request.id, publicKey: asker.publicKey, now, inForce, signer });
  const node = nodeOf(request.id, decision, { issued, remote: asker.remote, now });
  const replaced = nodes.find(({ value }) => value.id === decision.replaced?.id);
  await commit(
    [census.compare, unchanged(secret), ...authorities.map(unchanged), ...(replaced ? [unchanged(replaced)] : [])],
    [
      census.counted,
      state.joinSecrets.put({ ...secret.value, used: { node: request.id, key, at: now } }),
      ...(replaced ? [state.nodes.remove(replaced.value)] : []),
      state.nodes.put(node),
      state.event({ kind: 'node', at: now, name: node.name, reason: reasonOf(decision, secret.value, asker.remote) }),
    ],
  );
  const { certificate, ca } = issued;
  return { type: 'joined', cluster, id: node.id, name: node.name, certificate, ca, now };
}

/** Compared in constant time, as tokens are. */
async function secretOf(state: State, secret: string): Promise<Stored<JoinSecret> | undefined> {
  const digest = digestOf(secret);
  const stored = await state.joinSecrets.get(idOf(digest));
  return stored && sameDigest(stored.value.digest, digest) ? stored : undefined;
}

function nodeOf(
  id: string,
  { name, again }: Admitted,
  { issued, remote, now }: { readonly issued: IssuedCertificate; readonly remote: string; readonly now: number },
): Node {
  const joined = { at: again?.joined?.at ?? now, address: remote, certificates: [issued.record] };
  return again ? { ...again, joined } : { id, name, availability: 'active', joined };
}

function reasonOf({ again, replaced }: Admitted, { createdBy }: JoinSecret, remote: string): string {
  const how = again ? 'joined again' : replaced ? `joined in place of ${replaced.id}` : 'joined';
  return `${how} from ${remote}, with a line of ${createdBy}`;
}

/** What is no bug is told; of a bug no more than that it is one. */
function failed(error: unknown, log: Log): Refused {
  if (!(error instanceof OrcaError)) log.error({ err: error }, 'a join failed');
  const known = error instanceof OrcaError ? error : undefined;
  return {
    type: 'refused',
    code: known?.code === 'invalid' ? 'invalid' : 'unavailable',
    message: known?.message ?? 'the master failed; its log says more',
    ...(known?.hint === undefined ? {} : { hint: known.hint }),
  };
}
