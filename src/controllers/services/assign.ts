import { OrcaError } from '../../core/errors.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Step } from '../../core/rollout/step.ts';
import { assigned } from '../../core/rollout/transitions.ts';
import { nextAddress } from '../../core/route/addresses.ts';
import type { StoredService } from '../../store/services.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';
import type { World } from '../world.ts';
import { holdAddress } from './held-addresses.ts';

export type AssignStep = Extract<Step, { kind: 'assign' }>;

export interface Assigner {
  /** Writes the assignments of one plan, each with an address nobody has, before any container is made; none if the target is not wanted any more. */
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

/** A transaction takes 128 operations; an assignment is three of them. */
const AT_ONCE = 40;

export function createAssigner({ state, commit, world, clock, newId }: AssignerOptions): Assigner {
  let turn: Promise<unknown> = Promise.resolve();

  const assign = async (steps: readonly AssignStep[], target: Revision) => {
    const service = await stillWanted(state, target);
    const places = await takenPlaces(state, world);
    const now = clock.now();
    const ops = [];
    const compare = [...state.services.unchanged(service)];
    for (const step of steps) {
      const address = await freeAddress(state, step.node, places);
      places.used.add(address);
      const id = `${target.service.slice(0, 40)}-${step.slot}-${newId()}`;
      const task = assigned({ step, target, id, address, now });
      compare.push(state.tasks.absent(task));
      const event = {
        kind: 'task' as const,
        at: now,
        project: task.project,
        service: task.service,
        name: id,
        to: 'starting',
      };
      ops.push(state.tasks.put(task), state.event({ ...event, reason: step.reason }));
    }
    await commit(compare, ops);
  };

  const assignAll = async (steps: readonly AssignStep[], target: Revision) => {
    for (let at = 0; at < steps.length; at += AT_ONCE) await assign(steps.slice(at, at + AT_ONCE), target);
  };

  return {
    assign: (steps, target) => {
      const mine = turn.then(() => assignAll(steps, target));
      turn = mine.catch(() => {});
      return mine;
    },
  };
}

/** A task of a service that is gone would be looked after by nobody: the service is compared in the same transaction. */
async function stillWanted(state: State, { project, service: name, number }: Revision): Promise<StoredService> {
  const service = await state.services.get(project, name);
  if (service && !service.value.removing && service.value.revision === number) return service;
  throw new OrcaError('conflict', `revision ${number} of ${name} is not wanted any more`);
}

interface Places {
  /** Of every task that runs, of ended ones that some worker may still route to, and of every container that is there. */
  readonly used: Set<string>;
  /** Of ended ones: taken again only when there is no other, as something may still be there that made them fail. */
  readonly rested: ReadonlySet<string>;
}

async function takenPlaces(state: State, world: World): Promise<Places> {
  const { records } = await state.tasks.listReadable();
  const tasks = records.map(({ value }) => value);
  const taken = holdAddress(tasks, world);
  const held = (world.containers() ?? []).flatMap(({ address }) => address ?? []);
  return {
    used: new Set([...taken.map(({ address }) => address), ...held]),
    rested: new Set(tasks.map(({ address }) => address)),
  };
}

async function freeAddress(state: State, node: string, { used, rested }: Places): Promise<string> {
  const edge = (await state.nodes.get(node))?.value.edge;
  if (!edge) throw new OrcaError('unavailable', `node ${node} has no edge network yet`);
  const address = nextAddress(edge.subnet, used.union(rested)) ?? nextAddress(edge.subnet, used);
  if (address === undefined)
    throw new OrcaError('unplaceable', `the edge network ${edge.subnet} of ${node} has no free address`);
  return address;
}
