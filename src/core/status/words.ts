/**
 * How a service is. The same words for a task, where they apply, in `ps`, events, progress and docs.
 *
 * - `starting`: nothing serves yet, something is on its way
 * - `running`: as many tasks serve as are wanted
 * - `degraded`: fewer, or tasks of another revision than the wanted one
 * - `deploying`: a deployment is active, also one that waits for a person
 * - `stopping`: tasks still run that shall not
 * - `stopped`: by `stop` or DELETE, until start or deploy; or all tasks have run to their end
 * - `scaled-to-zero`: no replicas are wanted
 * - `failed`: nothing serves, and nothing is on its way
 * - `unknown`: nothing is seen to serve, and an engine cannot be read
 */
export const SERVICE_WORDS = [
  'starting',
  'running',
  'degraded',
  'deploying',
  'stopping',
  'stopped',
  'scaled-to-zero',
  'failed',
  'unknown',
] as const;

export type ServiceWord = (typeof SERVICE_WORDS)[number];
