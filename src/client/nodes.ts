import type { DrainBody } from '../contract/drain.ts';
import type { ResponseOf } from '../contract/endpoint.ts';
import type { CreateJoinToken, joinTokens, NewJoinToken, removeJoinToken } from '../contract/join-tokens.ts';
import type { AuthoritiesBody } from '../contract/node-authorities.ts';
import type { NodeBody, nodes, removeNode, SetNode } from '../contract/nodes.ts';
import type { Call } from './call.ts';

/** What a client asks about the machines of the cluster. A node is called by its name, or by its id. */
export interface NodeCalls {
  nodes(): Promise<ResponseOf<typeof nodes>>;
  node(name: string): Promise<NodeBody>;
  setNode(name: string, wish: SetNode): Promise<NodeBody>;
  /** Begins it, or joins one that is under way. */
  drainNode(name: string): Promise<DrainBody>;
  drainStatus(name: string): Promise<DrainBody>;
  undrainNode(name: string): Promise<NodeBody>;
  activateNode(name: string): Promise<NodeBody>;
  maintainNode(name: string): Promise<NodeBody>;
  /** @param force also if it runs tasks */
  removeNode(name: string, force?: boolean): Promise<ResponseOf<typeof removeNode>>;
  joinTokens(): Promise<ResponseOf<typeof joinTokens>>;
  createJoinToken(wish: CreateJoinToken): Promise<NewJoinToken>;
  removeJoinToken(id: string): Promise<ResponseOf<typeof removeJoinToken>>;
  authorities(): Promise<AuthoritiesBody>;
  rotateAuthority(wish: { readonly finish?: boolean | undefined }): Promise<AuthoritiesBody>;
}

const CLUSTER = '/api/v1/cluster';
const NODES = `${CLUSTER}/nodes`;
const TOKENS = `${CLUSTER}/join-tokens`;

const nodePath = (name: string): string => `${NODES}/${encodeURIComponent(name)}`;

export const nodeCalls = (json: <T>(call: Call) => Promise<T>): NodeCalls => ({
  nodes: () => json({ method: 'GET', path: NODES }),
  node: (name) => json({ method: 'GET', path: nodePath(name) }),
  setNode: (name, body) => json({ method: 'PUT', path: nodePath(name), body }),
  drainNode: (name) => json({ method: 'POST', path: `${nodePath(name)}/drain` }),
  drainStatus: (name) => json({ method: 'GET', path: `${nodePath(name)}/drain-status` }),
  undrainNode: (name) => json({ method: 'POST', path: `${nodePath(name)}/undrain` }),
  activateNode: (name) => json({ method: 'POST', path: `${nodePath(name)}/activate` }),
  maintainNode: (name) => json({ method: 'POST', path: `${nodePath(name)}/maintenance` }),
  removeNode: (name, force) => json({ method: 'DELETE', path: nodePath(name), query: { force } }),
  joinTokens: () => json({ method: 'GET', path: TOKENS }),
  createJoinToken: (body) => json({ method: 'POST', path: TOKENS, body }),
  removeJoinToken: (id) => json({ method: 'DELETE', path: `${TOKENS}/${encodeURIComponent(id)}` }),
  authorities: () => json({ method: 'GET', path: `${CLUSTER}/authorities` }),
  rotateAuthority: (body) => json({ method: 'POST', path: `${CLUSTER}/rotate-ca`, body }),
});
