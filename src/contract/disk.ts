import { z } from 'zod';
import { endpoint } from './endpoint.ts';

const Bytes = z.number().int().meta({ description: 'bytes' });
const Known = Bytes.nullable().meta({ description: 'bytes; null where it is not known' });

const ImageUse = z.object({
  image: z.string().meta({ description: '`name@sha256:...`' }),
  bytes: Known.meta({ description: 'bytes, with layers that it shares with others; null where it is gone' }),
  services: z.array(z.string()).meta({ description: '`project/service` of those that keep it' }),
  removable: z.boolean(),
  reason: z.string(),
});
export type ImageUse = z.infer<typeof ImageUse>;

const ContainerUse = z.object({
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
  disk: z
    .object({ path: z.string(), size: Bytes, free: Bytes })
    .nullable()
    .meta({ description: "of the engine's data root; null where the server cannot see it" }),
  images: z.array(ImageUse).meta({ description: 'those that orca pulled' }),
  containers: z.array(ContainerUse).meta({ description: 'those of orca that do not run' }),
  logs: z
    .array(
      z.object({
        project: z.string().nullable(),
        service: z.string().nullable(),
        count: z.number().int(),
        bytes: Bytes,
      }),
    )
    .meta({ description: 'kept of tasks that are gone; null: of tasks that are forgotten' }),
  records: z.array(z.object({ kind: z.string(), count: z.number().int(), kept: z.string() })),
  store_bytes: Bytes,
  others: z
    .object({ images: z.number().int(), bytes: Bytes })
    .meta({ description: 'images that orca did not pull; it never removes them' }),
  projects: z.array(z.object({ project: z.string(), images: Bytes, containers: Bytes, logs: Bytes })),
});
export type DiskUse = z.infer<typeof DiskUse>;

export const Pruned = z.object({
  dry_run: z.boolean().meta({ description: 'true: nothing was removed, this is what would be' }),
  images: z.array(ImageUse.pick({ image: true, bytes: true })),
  containers: z.array(ContainerUse.pick({ container: true, project: true, service: true, bytes: true })),
  logs: z.array(z.object({ task: z.string(), bytes: Bytes })),
  bytes: Bytes.meta({ description: 'in all, at most: images share layers' }),
  failed: z.array(z.object({ what: z.string(), reason: z.string() })),
});
export type Pruned = z.infer<typeof Pruned>;

export const diskUse = endpoint({
  method: 'GET',
  path: '/api/v1/system/df',
  access: 'admin',
  scope: 'cluster',
  summary: 'What of orca takes room on the disk, and what can go',
  response: DiskUse,
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
  }),
  response: Pruned,
  errors: ['conflict'],
  audited: (wish) => wish,
});
export type PruneWish = z.input<typeof prune.body>;
