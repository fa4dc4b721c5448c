import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Flag, Instant, ProjectQuery, ServiceParams } from './names.ts';
import { SESSION_PROTOCOL } from './session.ts';
import { TaskName } from './task-name.ts';

const PATH = 'expected an absolute path of at most 4096 characters';

/** Links in it are followed inside the container, all but the last part. */
const ContainerPath = z
  .string(PATH)
  .max(4096, PATH)
  .refine((path) => path.startsWith('/') && !path.includes('\0'), PATH)
  .meta({ description: 'absolute, in the container' });

const Where = ProjectQuery.extend({ path: ContainerPath, task: TaskName.optional() });

export const PathAnswer = z.object({
  task: z.string().meta({ description: 'in whose container: give it to the calls that follow' }),
  slot: z.number().int(),
  path: z.string().meta({ description: 'with `follow`: where the link ends' }),
  file: z
    .object({
      name: z.string(),
      kind: z.enum(['file', 'directory', 'link', 'other']),
      size: z.number().int().meta({ description: 'bytes' }),
      mode: z.number().int().meta({ description: 'permissions, as a number: 420 is 0644' }),
      modified_at: Instant,
      link_target: z.string().nullable().meta({ description: 'of a link: where it ends in the container' }),
    })
    .nullable()
    .meta({ description: 'null: there is nothing' }),
});
export type PathAnswer = z.infer<typeof PathAnswer>;

/** What a path in a container is. */
export const stat = endpoint({
  method: 'GET',
  path: '/api/v1/services/{name}/stat',
  access: 'admin',
  summary: 'Tell what a path in a running container of a service is',
  params: ServiceParams,
  query: Where.extend({ follow: Flag.optional().meta({ description: 'of a link: what it leads to' }) }),
  response: PathAnswer,
});

const copy = {
  method: 'GET',
  access: 'admin',
  params: ServiceParams,
  query: Where,
  response: z.string().meta({ description: `a WebSocket of the subprotocol ${SESSION_PROTOCOL}` }),
  produces: 'websocket',
  answers: [101],
  changes: true,
} as const;

/** Copies out of a container. */
export const archive = endpoint({
  ...copy,
  path: '/api/v1/services/{name}/archive',
  summary: 'Read a file or folder of a running container as a tar archive, over a WebSocket',
});

/** Copies into a container. */
export const unpack = endpoint({
  ...copy,
  path: '/api/v1/services/{name}/unpack',
  summary: 'Unpack a tar archive into a folder of a running container, over a WebSocket',
});
