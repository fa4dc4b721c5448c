import { OrcaError } from '../../core/errors.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Step } from '../../core/rollout/step.ts';
import { assigned } from '../../core/rollout/transitions.ts';
import { nextAddress } from '../../core/route/addresses.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';
import type { World } from '../world.ts';

export type AssignStep = Extract<Step, { kind: 'assign' }>;

export interface Assigner {
  /** Writes the assignments of one plan, each with an address nobody has: all in one transaction, before any container is made. */
  assign(steps: readonly AssignStep[], target: Revision): Promise<void>;
}

export interface AssignerOptions {
  readonly state: State;
  readonly commit: Commit;
  readonly world: World;
  readonly clock: { now(): number };
  /** The random part of a task's id. */
  readonly newId: () => string;
}

export function createAssigner({ state, commit, world, clock, newId }: AssignerOptions): Assigner {
  let turn: Promise<unknown> = Promise.resolve();

  const assign = async (steps: readonly AssignStep[], target: Revision) => {
    const used = await usedAddresses(state, world);
    const now = clock.now();
    const ops = [];
    const compare = [];
    for (const step of steps) {
      const address = await freeAddress(state, step.node, used);
      used.add(address);
      const id = `${target.service.slice(0, 40)}-${step.slot}-${newId()}`;
      const task = assigned({ step, target, id, address, now });
      compare.push(state.tasks.absent(task));
      const event = {
        kind: 'task' as const,
        at: now,
        project: task.project,
        service: task.service,
        name: id,
        to: 'assigned',
      };
      ops.push(state.tasks.put(task), state.event({ ...event, reason: step.reason }));
    }
    await commit(compare, ops);
  };

  return {
    assign: (steps, target) => {
      const mine = turn.then(() => assign(steps, target));
      turn = mine.catch(() => {});
      return mine;
    },
  };
}

/** Of every task that runs, and of ended ones that some worker may still route to: a freed address rests until then. */
async function usedAddresses(state: State, world: World): Promise<Set<string>> {
  const tasks = await state.tasks.list();
  const taken = tasks.filter(({ value }) => value.phase !== 'ended' || world.routing(value.id).somewhere);
  return new Set(taken.map(({ value }) => value.address));
}

async function freeAddress(state: State, node: string, used: ReadonlySet<string>): Promise<string> {
  const edge = (await state.nodes.get(node))?.value.edge;
  if (!edge) throw new OrcaError('unavailable', `node ${node} has no edge network yet`);
  const address = nextAddress(edge.subnet, used);
  if (address === undefined)
    throw new OrcaError('unplaceable', `the edge network ${edge.subnet} of ${node} has no free address`);
  return address;
}
