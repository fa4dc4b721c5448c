import type { JoinSecret } from '../model/join-secret.ts';
import type { Node } from '../model/node.ts';
import { holderOf, isNodeId, isNodeName, isReserved, NODE_NAME } from './node-name.ts';
import { type JoinRefusal, type JoinRequest, WIRE_PROTOCOL } from './wire.ts';

/** What a join is decided by. */
export interface Joining {
  readonly request: Omit<JoinRequest, 'csr' | 'secret'>;
  /** SHA-256 of the key that the request proved to have. */
  readonly key: string;
  /** The one that it showed, if it is known. */
  readonly secret: JoinSecret | undefined;
  readonly nodes: readonly Node[];
  /** Whether a node is there now, by its id. */
  readonly isUp: (id: string) => boolean;
  /** Epoch ms, of the clock by which the secret was made. */
  readonly now: number;
}

export type JoinDecision = Admitted | Refused;

export interface Admitted {
  readonly type: 'admitted';
  /** Under which it joins. */
  readonly name: string;
  /** It has joined already, and asks again: the reply may have been lost. */
  readonly again?: Node | undefined;
  /** Whose name it takes: removed with that. */
  readonly replaced?: Node | undefined;
}

export interface Refused {
  readonly type: 'refused';
  readonly code: JoinRefusal;
  readonly message: string;
  readonly hint?: string | undefined;
}

export const MAX_NODES = 1000;

/**
 * May this machine join? A secret that was used lets in the node that used it, and no other: the reply that it waited for may
 * have been lost, and only that node has the key.
 */
export function admitJoin(joining: Joining): JoinDecision {
  const { request, nodes, key } = joining;
  const known = nodes.find(({ id }) => id === request.id);
  return (
    refuseProtocol(request.protocol) ??
    refuseSecret(joining) ??
    refuseIdentity(joining, known) ??
    (known ? { type: 'admitted', name: known.name, again: known } : admitNew(joining, key))
  );
}

function refuseProtocol(protocol: number): Refused | undefined {
  if (protocol === WIRE_PROTOCOL) return undefined;
  const older = protocol < WIRE_PROTOCOL ? 'this machine' : 'the master';
  return refused('protocol', `${older} runs a version of orca that is too old for the other`, {
    hint: `install the same version on both; the wire is version ${protocol} here, ${WIRE_PROTOCOL} on the master`,
  });
}

function refuseSecret({ secret, request, key, now }: Joining): Refused | undefined {
  const hint = 'make a new line on the master: orca node token';
  if (!secret)
    return refused('secret', 'the master does not know this join line: it was revoked, or is too old', { hint });
  if (now >= secret.expiresAt) return refused('secret', 'this join line has expired', { hint });
  const { used, reusable } = secret;
  if (reusable || !used || (used.node === request.id && used.key === key)) return undefined;
  return refused('secret', 'this join line was used already: it is for one machine', {
    hint: `${hint}. If you did not use it, somebody else did: look at \`orca node ls\``,
  });
}

function refuseIdentity({ request, key }: Joining, known: Node | undefined): Refused | undefined {
  if (!isNodeId(request.id)) return refused('invalid', 'the id that this machine made for itself is none');
  if (!isNodeName(request.name))
    return refused('invalid', `"${request.name.slice(0, 80)}" cannot be the name of a node: ${NODE_NAME}`, {
      hint: 'choose one: orca join --name NAME',
    });
  if (!known || known.joined?.certificates.some((one) => one.key === key)) return undefined;
  return refused('invalid', 'another machine joined with the id of this one', {
    hint: 'was its data folder copied? Remove it here, and join again',
  });
}

function admitNew({ request, nodes, isUp }: Joining, key: string): JoinDecision {
  const holder = holderOf(nodes, request.name, request.id);
  const count = nodes.length - (holder ? 1 : 0);
  if (count >= MAX_NODES)
    return refused('unavailable', `the cluster has ${nodes.length} nodes, as many as there may be`, {
      hint: 'remove those that are gone: orca node rm NAME',
    });
  if (!holder && !isReserved(request.name, request.id)) return { type: 'admitted', name: request.name };
  if (!request.replace || !holder?.joined)
    return refused('name', `another node of this cluster is called ${request.name}`, {
      hint: holder?.joined
        ? 'choose another name: orca join --name NAME. If this machine takes its place: orca join --replace'
        : 'choose another name: orca join --name NAME',
    });
  if (isUp(holder.id) && !holder.joined.certificates.some((one) => one.key === key))
    return refused('name', `${request.name} is up, and cannot be replaced`, {
      hint: `stop its agent first, or remove it on the master: orca node rm ${request.name}`,
    });
  return { type: 'admitted', name: request.name, replaced: holder };
}

const refused = (code: JoinRefusal, message: string, { hint }: { readonly hint?: string } = {}): Refused => ({
  type: 'refused',
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
});
