import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Flag, Instant, ProjectQuery } from './names.ts';

export const VOLUME_STATES = ['used', 'rollback', 'orphaned', 'gone'] as const;

export const VolumeBody = z.object({
  name: z.string().meta({ description: 'on the engine: `<project>_<volume>`' }),
  project: z.string(),
  volume: z.string().meta({ description: 'as it is declared' }),
  state: z.enum(VOLUME_STATES).meta({
    description:
      'used: a service wants it; rollback: only earlier revisions do; orphaned: nothing does; gone: the engine has lost it',
  }),
  driver: z.string().nullable(),
  adopted: z.boolean().meta({ description: 'it was there before orca' }),
  size_bytes: z.number().int().nullable().meta({ description: 'null unless asked for with `size`, and told' }),
  created_at: Instant.nullable().meta({ description: 'when orca made it or took it over' }),
  services: z
    .array(z.object({ service: z.string(), read_only: z.boolean() }))
    .meta({ description: 'that mount it, stopped ones too' }),
  revisions: z
    .array(z.object({ service: z.string(), revision: z.number().int() }))
    .meta({ description: 'earlier ones that mount it and can be rolled back to' }),
});
export type VolumeBody = z.infer<typeof VolumeBody>;

export const volumes = endpoint({
  method: 'GET',
  path: '/api/v1/volumes',
  access: 'viewer',
  summary: 'Volumes that orca made or took over, and who mounts them',
  query: ProjectQuery.extend({ size: Flag.optional() }),
  response: z.object({ volumes: z.array(VolumeBody) }),
});

export const removeVolume = endpoint({
  method: 'DELETE',
  path: '/api/v1/volumes/{name}',
  access: 'admin',
  summary: 'Remove a volume with its data',
  params: z.object({ name: text('expected the name of a volume', 255) }),
  response: z.object({
    ok: z.string(),
    name: z.string(),
    project: z.string(),
    removed: z.boolean().meta({ description: 'false: it was gone already, and is forgotten' }),
  }),
  errors: ['conflict'],
});
