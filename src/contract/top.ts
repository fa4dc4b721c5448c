import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Name, ProjectQuery } from './names.ts';
import { TaskName } from './task-name.ts';

const Bytes = z.number().int().nullable();
const CpuPercent = z
  .number()
  .nullable()
  .meta({ description: 'of one CPU: two busy CPUs are 200. Over the last second, or since it was asked for last' });

export const NodeLoad = z.object({
  node: z.string(),
  cpus: z.number().int().nullable(),
  cpu_percent: CpuPercent,
  memory_bytes: Bytes.meta({ description: 'bytes that programs cannot have any more' }),
  memory_total_bytes: Bytes,
  reason: z.string().nullable().meta({ description: 'why nothing is known of it; then all numbers are null' }),
});
export type NodeLoad = z.infer<typeof NodeLoad>;

export const TaskLoad = z.object({
  id: z.string(),
  project: z.string(),
  service: z.string(),
  slot: z.number().int(),
  node: z.string(),
  cpu_percent: CpuPercent,
  memory_bytes: Bytes.meta({ description: 'bytes, without file cache that the kernel can drop' }),
  memory_limit_bytes: Bytes.meta({ description: "bytes: the container's limit, or what the machine has" }),
  network_in_bytes: Bytes.meta({ description: 'bytes since its start, over all its interfaces' }),
  network_out_bytes: Bytes,
  block_read_bytes: Bytes.meta({ description: 'bytes since its start, from disks' }),
  block_write_bytes: Bytes,
  pids: z.number().int().nullable().meta({ description: 'processes and threads' }),
  reason: z.string().nullable().meta({ description: 'why nothing is known of it; then all numbers are null' }),
});
export type TaskLoad = z.infer<typeof TaskLoad>;

export const Top = z.object({
  nodes: z.array(NodeLoad).meta({
    description: 'the machines; empty for a token of some projects',
  }),
  tasks: z.array(TaskLoad).meta({ description: 'tasks that have not ended' }),
});
export type Top = z.infer<typeof Top>;

export const top = endpoint({
  method: 'GET',
  path: '/api/v1/top',
  access: 'viewer',
  summary: 'What tasks use: CPU, memory, network, disk, processes',
  query: ProjectQuery.extend({ service: Name.optional(), task: TaskName.optional() }),
  response: Top,
  errors: ['not_found', 'conflict'],
});
