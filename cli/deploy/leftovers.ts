import type { ServiceStatus } from '../../src/contract/status.ts';

/** A service on the server whose project is in the file, and which is not. */
export interface Leftover {
  readonly project: string;
  readonly name: string;
}

/** @param wanted the services of the file */
export function leftovers(running: readonly ServiceStatus[], wanted: readonly Leftover[]): readonly Leftover[] {
  const projects = new Set(wanted.map(({ project }) => project));
  const names = new Set(wanted.map(({ project, name }) => `${project}/${name}`));
  return running
    .filter(({ project, name }) => projects.has(project) && !names.has(`${project}/${name}`))
    .map(({ project, name }) => ({ project, name }));
}
