import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../src/client/client.ts';
import type { DeployedService, DeployResult } from '../../src/contract/deploy.ts';
import type { DeploymentBody } from '../../src/contract/deployments.ts';
import type { ProgressLine } from '../../src/contract/progress.ts';
import type { ServiceStatus } from '../../src/contract/status.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { isAtRest } from '../../src/core/model/deployment.ts';

/** How long the server may be away before its deployments count as unknown, ms. */
const AWAY = 30_000;
const PAUSE = 1000;
/** How long the deployments are looked up in all, ms: longer than any deadline in use. */
const LONGEST = 60 * 60_000;

export interface Recovery {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly onLine: (line: ProgressLine) => void | Promise<void>;
}

/** What the server has said so far about one service of the request. */
export interface Known {
  readonly project: string;
  readonly service: string;
  readonly action: DeployedService['action'];
  readonly deployment: number | null;
}

/** Looks the deployments up until all have ended, or wait for a user. @throws OrcaError `timeout` */
export async function recover(input: Recovery, known: readonly Known[]): Promise<DeployResult> {
  if (known.length === 0) throw stateUnknown('it is not known what the server made of it');
  const ended: DeployedService[] = [];
  for (const service of known) {
    ended.push(service.deployment === null ? untouched(service) : await waitFor(input, service, service.deployment));
  }
  const failed = ended.filter(
    ({ state, code }) => !GOOD.includes(state) && !(state === 'rolled-back' && code === null),
  );
  return {
    deployed: ended.filter((service) => !failed.includes(service)).map(({ name }) => name),
    errors: failed.map(({ name, reason }) => `${name}: ${reason}`),
    status: failed.length === 0 ? 200 : failed.length < ended.length ? 206 : 422,
    services: ended,
  };
}

const GOOD: readonly DeployedService['state'][] = ['succeeded', 'unchanged', 'paused'];

async function waitFor(input: Recovery, service: Known, id: number): Promise<DeployedService> {
  const until = Date.now() + LONGEST;
  let told = '';
  while (Date.now() < until) {
    const deployment = await reach(input, (client) => client.deployment(id));
    const { project, service: name, state, reason, failure } = deployment;
    if (told !== `${state} ${reason}`) {
      told = `${state} ${reason}`;
      const failing = failure !== null;
      await input.onLine({
        type: 'deployment',
        at: Date.now(),
        project,
        service: name,
        deployment: id,
        state,
        failing,
        reason,
        pull: null,
      });
    }
    if (isAtRest(state)) return outcome(input, service, deployment);
    await delay(PAUSE, undefined, { signal: input.signal });
  }
  throw stateUnknown(`deployment ${id} of ${service.service} has not ended within an hour`);
}

/** Asks again while the server is away, for a while: it may be restarting. */
async function reach<T>({ client, signal }: Recovery, call: (client: Client) => Promise<T>): Promise<T> {
  const until = Date.now() + AWAY;
  while (true) {
    try {
      return await call(client);
    } catch (error) {
      signal.throwIfAborted();
      const away = error instanceof OrcaError && (error.code === 'unavailable' || error.code === 'timeout');
      if (!away) throw error;
      if (Date.now() >= until) throw stateUnknown(error.message, error);
      await delay(PAUSE, undefined, { signal });
    }
  }
}

async function outcome(input: Recovery, known: Known, deployment: DeploymentBody): Promise<DeployedService> {
  const { services } = await reach(input, (client) => client.status(known.project));
  const now = services.find(({ name }) => name === known.service);
  return {
    name: known.service,
    project: known.project,
    action: known.action,
    state: deployment.state,
    reason: deployment.reason,
    deployment: deployment.id,
    revision: deployment.to,
    serving: now ? servingOf(now) : null,
    failure: deployment.failure,
    release: deployment.release,
    code: codeOf(deployment, known.action),
    hint: null,
    warnings: [],
  };
}

/** Without a failure it did not fail: somebody took the service away, or rolled its canary back. */
function codeOf({ state, failure }: DeploymentBody, action: Known['action']): DeployedService['code'] {
  if (state === 'rolled-back' && failure !== null) return action === 'revert' ? null : 'deploy_failed';
  if (state === 'rolled-back') return action === 'revert' ? null : 'conflict';
  return state === 'failed' && failure === null ? 'conflict' : null;
}

const servingOf = ({ serving_revision, image, running_replicas }: ServiceStatus): DeployedService['serving'] =>
  serving_revision === null || running_replicas === null
    ? null
    : { revision: serving_revision, image, ready: running_replicas };

const untouched = ({ service, project, action }: Known): DeployedService => ({
  name: service,
  project,
  action,
  state: action === 'refused' ? 'refused' : 'unchanged',
  reason: action === 'refused' ? 'it was refused' : 'nothing to do',
  deployment: null,
  revision: null,
  serving: null,
  failure: null,
  release: null,
  code: null,
  hint: null,
  warnings: [],
});

const stateUnknown = (why: string, cause?: unknown): OrcaError =>
  new OrcaError('timeout', `the state of the deployment is unknown: ${why}`, {
    cause,
    hint: 'what was begun goes on on the server: look with `orca status` and `orca deployments`',
  });
