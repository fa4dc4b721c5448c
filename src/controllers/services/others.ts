import type { Awaited } from '../../core/model/deployment.ts';
import { mayBeOutOfOrder } from '../../core/rollout/after-start.ts';
import { isHeld } from '../../core/rollout/held.ts';
import type { Other, Sight } from '../../core/rollout/observed.ts';
import { otherOf } from '../../core/rollout/others.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import type { World } from '../world.ts';
import { readRecords, type ServiceRecords } from './records.ts';
import type { ReadRevision } from './revisions.ts';
import { sightOf } from './sight.ts';

export interface OthersOptions {
  readonly state: State;
  readonly world: World;
  readonly clock: { now(): number };
  readonly readRevision: ReadRevision;
}

/** Looks at the services that one depends on, where it may have to wait for them: undefined where it need not. */
export function createOthers({ state, world, clock, readRevision }: OthersOptions) {
  const look = async (project: string, awaited: Awaited): Promise<Other> => {
    const records = await readRecords(state, project, awaited.service, readRevision);
    const deployment =
      awaited.deployment === undefined
        ? undefined
        : (await ifReadable(state.deployments.get(awaited.deployment)))?.value;
    return otherOf(awaited, { sight: records && sightOf(records, world), deployment }, clock.now());
  };

  return async (records: ServiceRecords, sight: Sight): Promise<readonly Other[] | undefined> => {
    const awaited = awaitedBy(records, mayBeOutOfOrder(sight, clock.now()));
    return awaited && Promise.all(awaited.map((one) => look(records.target.project, one)));
  };
}

/** A deployment that has not begun; or a service of which nothing runs, or whose tasks its engine has started. */
function awaitedBy({ deployment, target, tasks }: ServiceRecords, isToMend: boolean): readonly Awaited[] | undefined {
  if (deployment) return isHeld(deployment.value) ? deployment.value.after : undefined;
  const { dependsOn } = target.spec;
  if (!dependsOn || (!isToMend && tasks.some(({ value }) => value.phase === 'run'))) return undefined;
  return Object.entries(dependsOn).map(([service, until]) => ({ service, until }));
}
