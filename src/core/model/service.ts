/**
 * A service as decisions see it: what is wanted of it, and what came of that. It is stored in two records, each with one
 * writer (service-parts.ts). `project` and `name` together are its key.
 */
export interface Service {
  readonly project: string;
  readonly name: string;
  /** The revision to run: the newest one deployed, or the one gone back to. */
  readonly revision: number;
  /** The newest revision that a deployment brought to success; undefined before the first success. */
  readonly stable?: number | undefined;
  /** How many tasks to run. Equals the spec's count unless scaled by hand. */
  readonly replicas: number;
  /** Set while a manual `scale` holds: the file's count at that time. A changed count in the file ends it. */
  readonly scaledFrom?: number | undefined;
  /** Stopped by `stop` or DELETE until `start` or `deploy`. */
  readonly paused: boolean;
  /** Being purged: tasks go, then the service and its revisions. */
  readonly removing: boolean;
  /** The deployment in progress. */
  readonly deployment?: number | undefined;
  readonly createdAt: number;
}

export type ServiceKey = `${string}/${string}`;
export const serviceKey = (project: string, name: string): ServiceKey => `${project}/${name}`;
