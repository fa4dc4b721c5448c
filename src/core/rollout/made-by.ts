import type { Deployment } from '../model/deployment.ts';
import type { Task, TaskEnd } from '../model/task.ts';

/** The deployment assigned it. A task from before tasks told that is known by its time. */
export const isMadeBy = ({ id, startedAt }: Deployment, { deployment, assignedAt }: Task): boolean =>
  deployment === undefined ? assignedAt >= startedAt : deployment === id;

/** It ended while the deployment ran. */
export const hasEndedIn = ({ id, startedAt }: Deployment, { deployment, at }: TaskEnd): boolean =>
  deployment === undefined ? at >= startedAt : deployment === id;
