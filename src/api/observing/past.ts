import type { Service } from '../../core/model/service.ts';
import type { Past } from '../../core/rollout/way-back.ts';
import type { State } from '../../store/state.ts';

/** What is kept of a service's past; a record that cannot be read is left out. */
export async function readPast(state: State, service: Service): Promise<Past> {
  const { project, name } = service;
  const [revisions, deployments] = await Promise.all([
    state.revisions.listReadable(project, name),
    state.deployments.listReadable(),
  ]);
  return {
    service,
    revisions: revisions.records.map(({ value }) => value),
    deployments: deployments.records
      .map(({ value }) => value)
      .filter((one) => one.project === project && one.service === name),
  };
}
