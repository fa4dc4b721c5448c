import type { Revision } from '../../core/model/revision.ts';
import { type Service, type ServiceKey, serviceKey } from '../../core/model/service.ts';
import { type Step, stepId } from '../../core/rollout/step.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AssignStep } from './assign.ts';
import type { DeploymentStep } from './deployment-steps.ts';
import { createPlaces } from './places.ts';
import type { TaskStep } from './task-steps.ts';

export interface Executor {
  /** To be taken before a pass reads anything: a step that ends after that makes its subject's part of the plan stale. */
  ticket(): number;
  /**
   * Begins every step that is not under way, was not done since the ticket, is not resting after a failure, and finds a place.
   * Returns when to plan again because one rests, epoch ms.
   */
  begin(target: Revision, steps: readonly Step[], ticket: number): number | undefined;
  /** What the last step of the service that failed said, while it is tried again; of those that something waits for. */
  trouble(key: ServiceKey): string | undefined;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface ExecutorOptions {
  /** Steps of one node. */
  readonly assign: (node: string, steps: readonly AssignStep[], of: Pick<Service, 'project' | 'name'>) => Promise<void>;
  readonly pull: (project: string, service: string, step: PullStep) => Promise<void>;
  readonly task: (project: string, service: string, step: TaskStep) => Promise<void>;
  readonly deployment: (project: string, service: string, step: DeploymentStep) => Promise<void>;
  readonly forget: (project: string, service: string) => Promise<void>;
  /** A step ended: plan again. */
  readonly onDone: (key: ServiceKey) => void;
  readonly clock: { now(): number };
  readonly log: Log;
}

export type PullStep = Extract<Step, { kind: 'pull' }>;

const LONGEST_REST = 10_000;
/** A rest that is over for this long is forgotten: its step is not wanted any more. */
const FORGET_AFTER = 60_000;

interface Rest {
  readonly key: ServiceKey;
  readonly kind: Step['kind'];
  readonly failures: number;
  readonly until: number;
  readonly said: string;
}

/**
 * Runs steps side by side, never one subject twice at a time. A step that fails is not believed to have failed for good:
 * it rests a little longer each time, and only the next plan says whether it is still wanted.
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const { onDone, clock, log } = options;
  const underWay = new Map<string, Promise<void>>();
  const resting = new Map<string, Rest>();
  const places = createPlaces();
  /** When each subject's last step ended, by the count of ended steps; kept only while a pass may have read before it. */
  const endedAt = new Map<string, number>();
  let ended = 0;

  const run = (id: string, key: ServiceKey, step: Step, work: Promise<void>) => {
    const done = work
      .then(() => {
        resting.delete(id);
        log.debug({ service: key, step: step.kind, id }, 'step done');
      })
      .catch((error: unknown) => {
        const failures = (resting.get(id)?.failures ?? 0) + 1;
        const rest = Math.min(LONGEST_REST, 50 * 2 ** Math.min(failures, 10));
        resting.set(id, { key, kind: step.kind, failures, until: clock.now() + rest, said: (error as Error).message });
        log.warn(
          { err: error, service: key, step, retryIn: rest },
          'a step failed and is tried again if it is still wanted',
        );
      })
      .finally(() => {
        ended += 1;
        endedAt.set(id, ended);
        underWay.delete(id);
        for (const waiting of places.leave(key, step)) onDone(waiting);
        onDone(key);
      });
    underWay.set(id, done);
  };

  const apply = (target: Revision, step: Exclude<Step, AssignStep>): Promise<void> => {
    const { project, service } = target;
    switch (step.kind) {
      case 'pull':
        return options.pull(project, service, step);
      case 'start':
      case 'route':
      case 'unroute':
      case 'stop':
      case 'lose':
      case 'bury':
      case 'sweep':
      case 'restarted':
      case 'keep':
        return options.task(project, service, step);
      case 'forget':
        return options.forget(project, service);
      default:
        return options.deployment(project, service, step);
    }
  };

  /** Over too when the clock was set back: no rest is longer than the longest. */
  const restsUntil = (id: string): number => {
    const until = resting.get(id)?.until ?? 0;
    return until - clock.now() > LONGEST_REST ? 0 : until;
  };

  const forgetOldRests = () => {
    for (const [id, { until }] of resting) {
      if (!underWay.has(id) && Math.abs(clock.now() - until) > FORGET_AFTER) resting.delete(id);
    }
  };

  return {
    ticket: () => ended,
    trouble: (key) =>
      [...resting.values()].find((rest) => rest.key === key && rest.failures > 1 && rest.kind !== 'sweep')?.said,
    begin: (target, steps, ticket) => {
      const key = serviceKey(target.project, target.service);
      const idOf = (step: Step) => `${key} ${stepId(step)}`;
      const fresh = steps.filter((step) => !underWay.has(idOf(step)) && (endedAt.get(idOf(step)) ?? 0) <= ticket);
      for (const [id, at] of endedAt) if (at <= ticket) endedAt.delete(id);
      forgetOldRests();
      const rests = fresh.map((step) => restsUntil(idOf(step))).filter((until) => until > clock.now());
      const rested = fresh.filter((step) => restsUntil(idOf(step)) <= clock.now());
      const free = rested.filter((step) => places.take(key, step));
      for (const step of free) log.info({ service: key, ...step }, 'step');
      const assigns = free.filter((step) => step.kind === 'assign');
      for (const [node, steps] of Map.groupBy(assigns, (step) => step.node)) {
        const work = options.assign(node, steps, { project: target.project, name: target.service });
        for (const step of steps) run(idOf(step), key, step, work);
      }
      for (const step of free) if (step.kind !== 'assign') run(idOf(step), key, step, apply(target, step));
      return rests.length > 0 ? Math.min(...rests) : undefined;
    },
    idle: async () => {
      await Promise.allSettled(underWay.values());
    },
  };
}
