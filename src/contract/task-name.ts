import { z } from 'zod';

const TASK = 'expected a task id or a slot';

/** Of a service: a task's id, or the number of a slot. */
export const TaskName = z
  .string(TASK)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, TASK)
  .meta({ description: 'a task id, or a slot number' });
