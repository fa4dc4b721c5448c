import { type Deployment, goesBackSince } from '../model/deployment.ts';
import type { Revision } from '../model/revision.ts';
import type { Task } from '../model/task.ts';
import type { Pool, Share } from './table.ts';

/** Who divides the requests of a service, and between what. */
export interface Divided {
  /** The revision wanted: on the way back from a canary the one that it was tried beside. */
  readonly target: Revision;
  /** The one that serves until the deployment has succeeded. */
  readonly from?: Revision | undefined;
  readonly deployment?: Deployment | undefined;
  /** Those that are to get requests and can be reached. */
  readonly tasks: readonly Task[];
}

/**
 * The shares of a pool. While a canary is on, and until the last task of one side has left, the old revision has the first share
 * and the new one the last; else all tasks are in one, divided by what is free. What was left behind has a share of nothing.
 */
export function sharesOf(divided: Divided): Pick<Pool, 'shares' | 'split'> {
  const behind = leftBehind(divided);
  const tasks = divided.tasks.filter((task) => !behind.includes(task));
  const { shares, split } = sharesBetween({ ...divided, tasks });
  return { shares: behind.length > 0 ? [share(0, behind), ...shares] : shares, ...(split && { split }) };
}

function sharesBetween({ target, deployment, tasks }: Divided): Pick<Pool, 'shares' | 'split'> {
  const canary = deployment?.canary;
  const isBack = deployment !== undefined && goesBackSince(deployment) !== undefined;
  const isNew = ({ hash }: Task) => (hash === target.hash) !== isBack;
  const [fresh, old] = [tasks.filter(isNew), tasks.filter((task) => !isNew(task))];
  const isPromoted = canary?.weight === 100;
  if (!deployment || !canary || fresh.length === 0 || old.length === 0 || (isPromoted && isBack))
    return { shares: [share(1, tasks)] };
  const weight = isPromoted ? risen(target, canary.step, fresh.length / tasks.length) : canary.weight;
  const { by, name } = canary;
  return {
    shares: [share(100 - weight, old), share(weight, fresh)],
    split: { by, ...(name !== undefined && { name }), salt: String(deployment.id) },
  };
}

/**
 * Tasks that a deployment brought which was superseded, such as a canary that was replaced, beside one in the same slot of what
 * served before it. They may be bad, and had few of the requests: in one share with the others they would get their full part of
 * them until they leave, which takes as long as the next revision takes to start.
 */
function leftBehind({ target, from, deployment, tasks }: Divided): readonly Task[] {
  if (!from || !deployment) return [];
  const served = new Set(tasks.filter(({ hash }) => hash === from.hash).map(({ slot }) => slot));
  const isOfNeither = ({ hash, revision }: Task) =>
    hash !== from.hash && hash !== target.hash && revision !== deployment.to;
  return tasks.filter((task) => isOfNeither(task) && served.has(task.slot));
}

const share = (weight: number, tasks: readonly Task[]): Share => ({
  weight,
  targets: tasks.map(({ id }) => id).sort(),
});

/** As slots are taken over one by one the share follows the tasks, and never falls: nobody is sent back to the old revision. */
const risen = ({ spec }: Revision, step: number, part: number): number =>
  Math.max(spec.deploy.canary?.steps[step - 1] ?? 0, Math.round(part * 100));
