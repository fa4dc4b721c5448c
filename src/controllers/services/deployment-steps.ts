import type { Deployment } from '../../core/model/deployment.ts';
import type { FailureCause, Step } from '../../core/rollout/step.ts';
import {
  begun,
  cutOver,
  cutOverDone,
  failed,
  type Pair,
  paused,
  settled,
  skipped,
  succeeded,
  switched,
  wentThrough,
} from '../../core/rollout/transitions.ts';
import { unchanged } from '../../store/collection.ts';
import type { Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';
import type { Placed } from '../world.ts';
import { readRecords, type ServiceRecords } from './records.ts';

export type DeploymentStep = Extract<
  Step,
  {
    kind:
      | 'begin'
      | 'skip'
      | 'cut-over'
      | 'cut-over-done'
      | 'go-through'
      | 'pause'
      | 'switched'
      | 'succeed'
      | 'fail'
      | 'settle';
  }
>;

export interface DeploymentStepsOptions {
  readonly state: State;
  readonly commit: Commit;
  readonly clock: { now(): number };
  /** The last log lines of a task. */
  readonly lastWords: (task: Placed) => Promise<readonly string[]>;
}

/** Moves a deployment on, its service with it, in one transaction; nothing if it is not the active one any more. */
export function createDeploymentSteps(
  options: DeploymentStepsOptions,
): (project: string, service: string, step: DeploymentStep) => Promise<void> {
  const { state, commit, clock, lastWords } = options;
  const wordsOf = async ({ task: id, node }: FailureCause): Promise<readonly string[]> =>
    id === undefined || node === undefined ? [] : lastWords({ id, node });

  const next = async (pair: Pair, step: DeploymentStep): Promise<Pair> => {
    const now = clock.now();
    switch (step.kind) {
      case 'begin':
        return { ...pair, deployment: begun(pair.deployment, now) };
      case 'skip':
        return skipped(pair, step.reason, now);
      case 'cut-over':
        return { ...pair, deployment: cutOver(pair.deployment, step, now) };
      case 'cut-over-done':
        return { ...pair, deployment: cutOverDone(pair.deployment) };
      case 'go-through':
        return { ...pair, deployment: wentThrough(pair.deployment, step.reason) };
      case 'pause':
        return { ...pair, deployment: paused(pair.deployment, step, now) };
      case 'switched':
        return { ...pair, deployment: switched(pair.deployment, now) };
      case 'succeed':
        return succeeded(pair, step.reason, now);
      case 'settle':
        return settled(pair, step, now);
      case 'fail':
        return failed(pair, step, await wordsOf(step.failure), now);
    }
  };

  return async (project, name, step) => {
    const records = await readRecords(state, project, name);
    if (!records?.deployment || records.deployment.value.id !== step.deployment) return;
    const before = { service: records.service.value, deployment: records.deployment.value };
    const after = await next(before, step);
    if (after.deployment === before.deployment && after.service === before.service) return;
    await commit(
      [...state.services.unchanged(records.service), unchanged(records.deployment)],
      [
        ...(after.service === before.service ? [] : [state.services.putOutcome(after.service, records.service)]),
        state.deployments.put(after.deployment),
        ...(step.kind === 'succeed' ? await successOf(state, after.deployment, clock.now()) : []),
        // That the records have followed is nobody's news.
        ...(step.kind === 'cut-over-done' ? [] : [eventOf(state, records, after, step, clock.now())]),
      ],
    );
  };
}

/** The revision keeps the fact for longer than its deployment is kept: what can be gone back to is known from it. */
async function successOf(state: State, { project, service, to }: Deployment, now: number): Promise<readonly Op[]> {
  const revision = (await state.revisions.get(project, service, to))?.value;
  return revision && revision.succeededAt === undefined ? [state.revisions.put({ ...revision, succeededAt: now })] : [];
}

function eventOf(state: State, { deployment }: ServiceRecords, after: Pair, step: DeploymentStep, now: number): Op {
  const { project, service, id, state: to } = after.deployment;
  const isMilestone = ['switched', 'cut-over', 'go-through'].includes(step.kind);
  const word = step.kind === 'fail' && to === 'running' ? 'going-back' : isMilestone ? step.kind : to;
  const from = deployment?.value.state;
  return state.event({
    kind: 'deployment',
    at: now,
    project,
    service,
    name: String(id),
    from,
    to: word,
    reason: step.reason,
  });
}
