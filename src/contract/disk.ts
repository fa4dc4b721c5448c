import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';

const Bytes = z.number().int().meta({ description: 'bytes' });
const Known = Bytes.nullable().meta({ description: 'bytes; null where it is not known' });

const Node = z.string().meta({ description: 'the name of the node' });

const ImageUse = z.object({
  node: Node,
  image: z.string().meta({ description: '`name@sha256:...`' }),
  bytes: Known.meta({ description: 'bytes, with layers that it shares with others; null where it is gone' }),
  services: z.array(z.string()).meta({ description: '`project/service` of those that keep it' }),
  removable: z.boolean(),
  reason: z.string(),
});
export type ImageUse = z.infer<typeof ImageUse>;

const ContainerUse = z.object({
  node: Node,
  container: z.string(),
  project: z.string().nullable(),
  service: z.string().nullable(),
  state: z.string(),
  bytes: Known,
  removable: z.boolean(),
  reason: z.string(),
});
export type ContainerUse = z.infer<typeof ContainerUse>;

export const DiskUse = z.object({
  nodes: z
    .array(
      z.object({
        node: Node,
        disk: z
          .object({ path: z.string(), size: Bytes, free: Bytes })
          .nullable()
          .meta({ description: "of the engine's data root; null where it cannot be seen" }),
        others: z
          .object({ images: z.number().int(), bytes: Bytes })
          .nullable()
          .meta({ description: 'images that orca did not pull; it never removes them' }),
        reason: z.string().nullable().meta({ description: 'why nothing of this node is told' }),
      }),
    )
    .meta({ description: "the master's machine first" }),
  images: z.array(ImageUse).meta({ description: 'those that orca pulled' }),
  containers: z.array(ContainerUse).meta({ description: 'those of orca that do not run' }),
  logs: z
    .array(
      z.object({
        node: Node,
        project: z.string().nullable(),
        service: z.string().nullable(),
        count: z.number().int(),
        bytes: Bytes,
      }),
    )
    .meta({ description: 'kept of tasks that are gone; null: of tasks that are forgotten' }),
  records: z.array(z.object({ kind: z.string(), count: z.number().int(), kept: z.string() })),
  store_bytes: Bytes,
  projects: z.array(z.object({ project: z.string(), images: Bytes, containers: Bytes, logs: Bytes })),
});
export type DiskUse = z.infer<typeof DiskUse>;

export const Pruned = z.object({
  dry_run: z.boolean().meta({ description: 'true: nothing was removed, this is what would be' }),
  images: z.array(ImageUse.pick({ node: true, image: true, bytes: true })),
  containers: z.array(ContainerUse.pick({ node: true, container: true, project: true, service: true, bytes: true })),
  logs: z.array(z.object({ node: Node, task: z.string(), bytes: Bytes })),
  bytes: Bytes.meta({ description: 'in all, at most: images share layers' }),
  failed: z
    .array(z.object({ node: Node, what: z.string(), reason: z.string() }))
    .meta({ description: 'what stays after all' }),
  unread: z
    .array(z.object({ node: Node, reason: z.string() }))
    .meta({ description: 'nodes that cannot be read, where nothing was looked at' }),
});
export type Pruned = z.infer<typeof Pruned>;

const OnlyNode = text('expected the name or the id of a node', 80).optional().meta({
  description: 'its name or its id; unless given, all nodes',
});

export const diskUse = endpoint({
  method: 'GET',
  path: '/api/v1/system/df',
  access: 'admin',
  scope: 'cluster',
  summary: 'What of orca takes room on the disks of the nodes, and what can go',
  query: z.strictObject({ node: OnlyNode }),
  response: DiskUse,
  errors: ['not_found'],
});

export const prune = endpoint({
  method: 'POST',
  path: '/api/v1/system/prune',
  access: 'admin',
  scope: 'cluster',
  summary: 'Remove what orca brought and nothing needs; never a volume',
  body: z.strictObject({
    dry_run: z.boolean('expected true or false').default(false),
    logs: z
      .boolean('expected true or false')
      .default(false)
      .meta({ description: 'also the kept logs of tasks that have ended' }),
    node: OnlyNode,
  }),
  response: Pruned,
  errors: ['conflict', 'not_found'],
  audited: (wish) => wish,
});
export type PruneWish = z.input<typeof prune.body>;
