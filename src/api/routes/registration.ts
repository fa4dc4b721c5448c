import { randomBytes } from 'node:crypto';
import {
  deregisterHost,
  hostHeartbeat,
  nodeHeartbeat,
  registerHost,
  registerNode,
  taskPublishedPort,
} from '../../contract/registration.ts';
import { rememberRevisions } from '../../controllers/services/revisions.ts';
import { notFound } from '../../core/errors.ts';
import { nodeNamed, removeNode } from '../nodes/change.ts';
import type { JoinTokensOptions } from '../nodes/join-tokens.ts';
import { type NodesOptions, presentNodes } from '../nodes/present.ts';
import { registerNode as register } from '../nodes/register.ts';
import { readNodeNames } from '../observing/node-names.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export type RegistrationRoutesOptions = Omit<JoinTokensOptions, 'joined' | 'random'> &
  NodesOptions & { readonly joined: NodesOptions['joined'] & JoinTokensOptions['joined'] };

/** What agents of other systems call: told how it is here, and how a machine comes in. */
export function registrationRoutes(options: RegistrationRoutesOptions): readonly Route[] {
  const { state } = options;
  const readRevision = rememberRevisions(state);

  const heartbeat = async (named: string) => {
    const [node] = await presentNodes(options, [(await nodeNamed(state, named)).value]);
    if (!node) throw notFound('node', named);
    const { node_id, name, status, reason, last_heartbeat } = node;
    return ok({ node_id, name, status, reason, last_heartbeat, counted: false as const });
  };

  const portOf = async (id: string) => {
    const task = (await state.tasks.listReadable()).records.find(({ value }) => value.id === id)?.value;
    const service = task && (await state.services.get(task.project, task.service));
    if (!task || !service) throw notFound('task', id);
    const { spec } = await readRevision(service.value, task.revision);
    return { node: (await readNodeNames(state))(task.node), port: spec.port ?? null };
  };

  return [
    ...[registerNode, registerHost].map((one) =>
      route(one, async ({ body, caller }) => {
        const registered = await register({ ...options, random: randomBytes }, body, caller);
        return { status: registered.registered ? 200 : 201, body: registered };
      }),
    ),
    route(nodeHeartbeat, ({ body }) => heartbeat(body.node_id)),
    route(hostHeartbeat, ({ params }) => heartbeat(params.id)),
    route(deregisterHost, async ({ params, query, caller }) => {
      const { id, name } = await removeNode(options, params.id, query.force ?? false, caller);
      return ok({ ok: `removed node ${name}`, removed: id, name });
    }),
    route(taskPublishedPort, async ({ body: { task_id, port: reported } }) => {
      const { node, port } = await portOf(task_id);
      return ok({ task_id, node, port, matches: port === reported });
    }),
  ];
}
