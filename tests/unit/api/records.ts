import type { Deployment, DeploymentState } from '../../../src/core/model/deployment.ts';
import type { Task } from '../../../src/core/model/task.ts';
import type { TestApi } from './test-api.ts';

export const web = (rest: object = {}) => ({ name: 'web', project: 'shop', image: 'acme/web:1', port: 8080, ...rest });

export const taskOf = (rest: Partial<Task> = {}): Task => ({
  id: 'web-1-a',
  project: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  hash: 'h',
  node: 'local',
  address: '10.208.0.2',
  attempt: 0,
  phase: 'run',
  routed: true,
  routedAt: 10,
  container: 'c-web-1-a',
  assignedAt: 5,
  reason: 'deployed',
  ...rest,
});

/** Does to a deployment what the controllers would: ends it, and says so in the service. */
export async function end(
  { state, now }: TestApi,
  id: number,
  word: DeploymentState,
  rest: Partial<Deployment> = {},
): Promise<void> {
  const deployment = (await state.deployments.get(id))?.value;
  if (!deployment) throw new Error(`no deployment ${id}`);
  const service = await state.services.get(deployment.project, deployment.service);
  if (!service) throw new Error('no service');
  const { deployment: _, ...left } = service.value;
  const good = word === 'succeeded' ? { stable: deployment.to } : { revision: deployment.from ?? deployment.to };
  await state.store.txn({
    then: [
      state.deployments.put({ ...deployment, state: word, reason: `it has ${word}`, endedAt: now, ...rest }),
      state.services.putOutcome({ ...left, ...good }, service),
    ],
  });
}

/** Deploys without waiting, and lets it succeed. */
export async function deployed(test: TestApi, ...services: readonly object[]): Promise<void> {
  const { body } = await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'admin', body: { services } });
  for (const { deployment } of body.services) await end(test, deployment, 'succeeded');
}
