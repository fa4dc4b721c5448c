import { z } from 'zod';
import { DEPLOYMENT_STATES } from '../core/model/deployment.ts';
import { ACTIONS, DeployResult } from './deploy.ts';
import { Instant } from './names.ts';
import { TaskStatus } from './status.ts';

/** A streamed deploy tells this long after the last line that it still waits, ms; from its head on, services not yet admitted. */
export const PROGRESS_BEAT = 10_000;

const at = Instant;
const project = z.string();
const service = z.string();

/** Lines of a streamed deploy, one JSON object each. The last one is of type `result`. */
export const ProgressLine = z.discriminatedUnion('type', [
  /** Each service once: what was decided about it. */
  z.object({
    type: z.literal('service'),
    at,
    project,
    service,
    action: z.enum([...ACTIONS, 'refused']),
    deployment: z.number().int().nullable(),
    reason: z.string(),
    warnings: z.array(z.string()).meta({ description: 'sentences that name their service' }),
  }),
  /** A deployment changed its state or its reason. */
  z.object({
    type: z.literal('deployment'),
    at,
    project,
    service,
    deployment: z.number().int(),
    state: z.enum(DEPLOYMENT_STATES),
    /** True once it has failed and goes back. */
    failing: z.boolean(),
    reason: z.string(),
    pull: z
      .object({
        done: z.number().int(),
        total: z.number().int().nullable().meta({ description: 'null until each layer has told its size' }),
      })
      .nullable()
      .meta({ description: 'bytes of the image, compressed, while it is pulled' }),
  }),
  /** A task of the deployment's service appeared, or its state, health or routing changed. */
  z.object({ type: z.literal('task'), at, project, service, deployment: z.number().int(), task: TaskStatus }),
  /** Nothing changed for a while; keeps the connection alive. */
  z.object({ type: z.literal('waiting'), at, reason: z.string() }),
  DeployResult.extend({ type: z.literal('result') }),
]);
export type ProgressLine = z.infer<typeof ProgressLine>;
