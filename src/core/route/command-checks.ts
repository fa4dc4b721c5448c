import type { EngineTime } from '../clock.ts';
import { serviceKey } from '../model/service.ts';
import { isReachable, isRoutedBy, probeOf, type RoutedService } from './build-table.ts';
import { delayOf, type Readiness, unprobed } from './readiness.ts';
import type { Probe } from './table.ts';

/** A health command that is to be run again and again in one container. */
export interface CommandCheck {
  /** Also the container's name. */
  readonly task: string;
  /** Id of the node that it is on. */
  readonly node: string;
  /** `project/name` */
  readonly service: string;
  readonly container: string;
  readonly startedAt: EngineTime;
  readonly command: readonly string[];
  readonly pace: Pick<Probe, 'interval' | 'timeout' | 'failures'>;
  /** It was routed at this start: ready until the command says otherwise. */
  readonly believed: boolean;
}

/** Of every task of a service that runs and has a health command. Pure. */
export const commandChecks = (routed: RoutedService): readonly CommandCheck[] =>
  routed.tasks.filter(isReachable).flatMap(({ task, spec: own, container }): readonly CommandCheck[] => {
    const { health } = task.hash === routed.target.hash ? routed.target.spec : own;
    if (task.phase === 'ended' || task.release || health?.command === undefined || container?.startedAt === undefined)
      return [];
    const { project, name } = routed.service;
    const { id, startedAt } = container;
    const { interval, timeout, failures } = probeOf(health, 0, isRoutedBy(routed, task) ? routed : undefined);
    return [
      {
        task: task.id,
        node: task.node,
        service: serviceKey(project, name),
        container: id,
        startedAt,
        command: health.command,
        pace: { interval, timeout, failures },
        believed: task.routedStart === startedAt,
      },
    ];
  });

/** What is known before the first run. */
export const unchecked = ({ believed }: CommandCheck, now: number): Readiness =>
  believed ? { ...unprobed(now), ready: true, wasReady: true } : unprobed(now);

/** A process in a container costs more than a connection: it is not started more often than this, ms. */
const SHORTEST_DELAY = 100;

/** How long until the next run, ms: at once the first time. */
export const checkDelay = (state: Readiness, { pace }: CommandCheck, isFirst: boolean): number =>
  isFirst ? 0 : Math.max(SHORTEST_DELAY, delayOf(state, pace));
