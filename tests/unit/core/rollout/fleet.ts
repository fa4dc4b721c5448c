import type { Awaited } from '../../../../src/core/model/deployment.ts';
import type { ServiceView } from '../../../../src/core/rollout/observed.ts';
import { otherOf } from '../../../../src/core/rollout/others.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';

/** A service of a project in which services depend on each other. */
export interface Member {
  readonly name: string;
  readonly behaviour: Behaviour;
  /** Others, which stand before it, and how far each must have come. */
  readonly dependsOn: Readonly<Record<string, Awaited['until']>>;
}

/** One that sees the others as the controllers do. */
class Dependent extends Simulator {
  others = (_: readonly Awaited[]): ServiceView['others'] => undefined;

  override view(): ServiceView {
    const view = super.view();
    const { deployment } = view;
    const after = deployment?.state === 'pending' ? deployment.after : undefined;
    return after && deployment?.begunAt === undefined ? { ...view, others: this.others(after) } : view;
  }
}

const WISH = { deploy: { deadline: 60_000, monitor: 0 } };
const specOf = ({ name, behaviour, dependsOn }: Member) =>
  spec({ ...WISH, name, dependsOn, restart: behaviour === 'completes' ? 'never' : 'always' });

/** Services that are deployed in one request, each in a world of its own, at the same time. */
export function fleetOf(members: readonly Member[]): ReadonlyMap<string, Simulator> {
  const fleet = new Map<string, Dependent>();
  for (const member of members) {
    const world = new Dependent(specOf(member), member.behaviour);
    const after = Object.entries(member.dependsOn).map(([service, until]) => ({ service, until, deployment: 1 }));
    const first = world.deployments.get(1);
    if (first && after.length > 0) world.deployments.set(1, { ...first, state: 'pending', after });
    world.others = (awaited) =>
      awaited.map((one) => {
        const other = fleet.get(one.service);
        return otherOf(one, { sight: other?.view(), deployment: other?.deployments.get(1) }, world.now);
      });
    fleet.set(member.name, world);
  }
  return fleet;
}
