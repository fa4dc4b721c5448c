import { randomBytes } from 'node:crypto';
import { createJoinToken, type JoinTokenBody, joinTokens, removeJoinToken } from '../../contract/join-tokens.ts';
import { authorities, rotateAuthority as rotate } from '../../contract/node-authorities.ts';
import {
  host,
  hosts,
  type NodeBody,
  node,
  nodes,
  removeNode as removal,
  schedulerNode,
  schedulerNodes,
  setNode,
} from '../../contract/nodes.ts';
import type { JoinSecret } from '../../core/model/join-secret.ts';
import type { Node } from '../../core/model/node.ts';
import { presentAuthorities, type RotateOptions, rotateAuthority } from '../nodes/authorities.ts';
import { changeNode, nodeNamed, removeNode } from '../nodes/change.ts';
import { type JoinTokensOptions, makeJoinToken, revokeJoinToken } from '../nodes/join-tokens.ts';
import { listNodes, type NodesOptions, presentNodes } from '../nodes/present.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface NodeRoutesOptions extends NodesOptions, Omit<JoinTokensOptions, 'joined' | 'random'>, RotateOptions {
  readonly joined: NodesOptions['joined'] & JoinTokensOptions['joined'];
}

/** Machines of the cluster, and what lets them in. */
export function nodeRoutes(options: NodeRoutesOptions): readonly Route[] {
  const { state, clock } = options;
  const one = async (value: Node): Promise<NodeBody | undefined> => (await presentNodes(options, [value]))[0];
  const named = async (id: string) => ok(await one((await nodeNamed(state, id)).value));
  const all = async () => ok({ nodes: await listNodes(options) });

  return [
    route(nodes, all),
    route(schedulerNodes, all),
    route(hosts, async () => ok({ hosts: await listNodes(options) })),
    ...[node, schedulerNode, host].map((endpoint) => route(endpoint, ({ params }) => named(params.id))),
    route(setNode, async ({ params, body, caller }) =>
      ok(await one(await changeNode(options, params.id, body, caller))),
    ),
    route(removal, async ({ params, query, caller }) => {
      const { id, name } = await removeNode(options, params.id, query.force ?? false, caller);
      return ok({ ok: `removed node ${name}`, removed: id, name });
    }),
    route(joinTokens, async () => {
      const [secrets, known] = await Promise.all([state.joinSecrets.listReadable(), state.nodes.listReadable()]);
      const names = new Map(known.records.map(({ value }) => [value.id, value.name]));
      const values = secrets.records.map(({ value }) => value).toSorted((a, b) => b.createdAt - a.createdAt);
      return ok({ join_tokens: values.map((value) => tokenBody(value, names, clock.now())) });
    }),
    route(createJoinToken, async ({ body, caller }) => {
      const { record, line, address } = await makeJoinToken({ ...options, random: randomBytes }, body, caller);
      return { status: 201, body: { ...tokenBody(record, new Map(), clock.now()), line, address } };
    }),
    route(removeJoinToken, async ({ params }) => {
      const { id } = await revokeJoinToken(options, params.id);
      return ok({ ok: `revoked join line ${id}`, removed: id });
    }),
    route(authorities, async () => ok(await presentAuthorities(options))),
    route(rotate, async ({ body, caller }) => {
      await rotateAuthority(options, body?.finish ?? false, caller);
      return ok(await presentAuthorities(options));
    }),
  ];
}

function tokenBody(secret: JoinSecret, names: ReadonlyMap<string, string>, now: number): JoinTokenBody {
  const { id, reusable, createdAt, createdBy, expiresAt, used } = secret;
  const open = used && !reusable ? 'used' : 'open';
  return {
    id,
    reusable,
    created_at: createdAt,
    created_by: createdBy,
    expires_at: expiresAt,
    state: now >= expiresAt && open === 'open' ? 'expired' : open,
    used_by: used ? (names.get(used.node) ?? used.node) : null,
    used_at: used?.at ?? null,
  };
}
