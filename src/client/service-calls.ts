import type { Call } from './call.ts';

export interface RollbackQuery {
  /** A revision; without it the newest one before the running one that succeeded. */
  readonly to?: number | undefined;
  readonly project?: string | undefined;
}

export interface PromoteQuery {
  /** The next step alone. */
  readonly step?: boolean | undefined;
  readonly project?: string | undefined;
}

export const servicePath = (name: string): string => `/api/v1/services/${encodeURIComponent(name)}`;

export const promoteCall = (name: string, { step, project }: PromoteQuery = {}): Call => ({
  method: 'POST',
  path: `${servicePath(name)}/promote`,
  body: step ? { step } : {},
  query: { project },
});

export const rollbackCall = (name: string, { to, project }: RollbackQuery = {}): Call => ({
  method: 'POST',
  path: `${servicePath(name)}/rollback`,
  body: to === undefined ? {} : { to },
  query: { project },
});

export const restartCall = (name: string, project: string | undefined): Call => ({
  method: 'POST',
  path: `${servicePath(name)}/restart`,
  query: { project },
});
