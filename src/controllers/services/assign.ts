import { OrcaError } from '../../core/errors.ts';
import { canaryOf } from '../../core/model/deployment.ts';
import type { NodeNetwork } from '../../core/model/node.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import type { Step } from '../../core/rollout/step.ts';
import { assigned } from '../../core/rollout/transitions.ts';
import type { StoredService } from '../../store/services.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';
import type { InTurn } from '../turns.ts';
import type { World } from '../world.ts';
import { freeAddress, orFull, type Places, placesOn } from './free-address.ts';
import { holdAddress } from './held-addresses.ts';
import type { ReadRevision } from './revisions.ts';

export type AssignStep = Extract<Step, { kind: 'assign' }>;

export interface Assigner {
  /**
   * Writes the assignments of one plan to one node, each with addresses nobody has, before any container is made; none if a
   * revision of theirs is not wanted any more.
   */
  assign(node: string, steps: readonly AssignStep[], of: Pick<Service, 'project' | 'name'>): Promise<void>;
  /** Addresses nobody has, for a container of the service that is no task's, until they are given back. @throws OrcaError as for a task */
  lend(node: string, of: Pick<Service, 'project' | 'name'>): Promise<Lent>;
}

export interface Lent {
  readonly address: string;
  /** By key of a network beside the edge. */
  readonly networks: Readonly<Record<string, string>>;
  readonly giveBack: () => void;
}

export interface AssignerOptions {
  readonly state: State;
  readonly commit: Commit;
  readonly world: World;
  readonly clock: { now(): number };
  /** Networks of a service on a node beside the edge, by key. */
  readonly networks: (node: string, project: string, service: string) => Promise<Networks>;
  /** Addresses are chosen and written by one at a time. */
  readonly giving: InTurn;
  readonly readRevision: ReadRevision;
  /** The random part of a task's id. */
  readonly newId: () => string;
}

type Networks = ReadonlyMap<string, NodeNetwork>;

/** A transaction takes 128 operations; an assignment is three of them. */
const AT_ONCE = 40;

export function createAssigner(options: AssignerOptions): Assigner {
  const { state, commit, world, clock, newId, giving } = options;
  const lent = new Map<string, Set<string>>();

  /** Read anew for each transaction, and written to as addresses are taken. */
  const roomOn = async (node: string, networks: Networks): Promise<Room> => {
    const taken = lent.get(node) ?? new Set();
    const further = Array.from(networks, async ([key, at]) => {
      const places = await placesOn(state, world, { node, key }, at.network);
      return { key, at, places: without(taken, places) };
    });
    return {
      edge: await edgeOf(state, node),
      places: without(taken, await edgePlaces(state, world, node)),
      further: await Promise.all(further),
    };
  };

  const assign = async (asked: Asked, node: string, networks: Networks) => {
    const { service, revisions } = await stillWanted(state, options.readRevision, asked);
    const room = await roomOn(node, networks);
    const now = clock.now();
    const ops = [];
    const compare = [...state.services.unchanged(service)];
    for (const step of asked.steps) {
      const target = revisions.get(step.revision);
      if (!target) continue;
      const id = `${target.service.slice(0, 40)}-${step.slot}-${newId()}`;
      const task = assigned({ step, target, id, ...takeFrom(room), now });
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

  /** Networks are made before it is anybody's turn: an engine may take a while. */
  const assignAll: Assigner['assign'] = async (node, steps, { project, name }) => {
    const networks = await options.networks(node, project, name);
    for (let at = 0; at < steps.length; at += AT_ONCE) {
      await giving(() => assign({ project, name, steps: steps.slice(at, at + AT_ONCE) }, node, networks));
    }
  };

  const lend: Assigner['lend'] = async (node, { project, name }) => {
    const networks = await options.networks(node, project, name);
    return giving(async () => {
      const place = takeFrom(await roomOn(node, networks));
      const all = [place.address, ...Object.values(place.networks)];
      const taken = lent.get(node) ?? new Set();
      lent.set(node, taken);
      for (const one of all) taken.add(one);
      return {
        ...place,
        giveBack: () => {
          for (const one of all) taken.delete(one);
        },
      };
    });
  };

  return { assign: assignAll, lend };
}

/** What is free on a node, on the edge and beside it. */
interface Room {
  readonly edge: NodeNetwork;
  readonly places: Places;
  readonly further: readonly { readonly key: string; readonly at: NodeNetwork; readonly places: Places }[];
}

const takeFrom = ({ edge, places, further }: Room) => ({
  address: take(edge, places),
  networks: Object.fromEntries(further.map(({ key, at, places: there }) => [key, take(at, there)])),
});

interface Asked {
  readonly project: string;
  readonly name: string;
  readonly steps: readonly AssignStep[];
}

interface Wanted {
  readonly service: StoredService;
  readonly revisions: ReadonlyMap<number, Revision>;
}

/** A task of a service that is gone would be looked after by nobody: the service is compared in the same transaction. */
async function stillWanted(state: State, readRevision: ReadRevision, { project, name, steps }: Asked): Promise<Wanted> {
  const service = await state.services.get(project, name);
  const numbers = [...new Set(steps.map(({ revision }) => revision))];
  const wanted = service ? await wantedRevisions(state, service.value) : [];
  const gone = numbers.find((number) => !wanted.includes(number));
  if (!service || gone !== undefined)
    throw new OrcaError('conflict', `revision ${gone} of ${name} is not wanted any more`);
  const found = await Promise.all(numbers.map((number) => readRevision(service.value, number)));
  return { service, revisions: new Map(found.map((one) => [one.number, one])) };
}

/** Beside a canary, and while a deployment has no task yet, the revision from before it is looked after too. */
async function wantedRevisions(
  state: State,
  { removing, revision, deployment: id }: Service,
): Promise<readonly number[]> {
  if (removing) return [];
  const active = id === undefined ? undefined : (await state.deployments.get(id))?.value;
  const isKept = canaryOf(active) !== undefined || (active?.failure === undefined && active?.switchedAt === undefined);
  return isKept && active?.from !== undefined ? [revision, active.from] : [revision];
}

const without = (lent: ReadonlySet<string>, { used, rested }: Places): Places => ({
  used: new Set(used.union(lent)),
  rested,
});

/** Of the edge. */
async function edgePlaces(state: State, world: World, node: string): Promise<Places> {
  const { records } = await state.tasks.listReadable();
  const tasks = records.map(({ value }) => value).filter((task) => task.node === node);
  const taken = holdAddress(tasks, world);
  const held = (world.containers(node) ?? []).flatMap(({ address }) => address ?? []);
  return {
    used: new Set([...taken.map(({ address }) => address), ...held]),
    rested: new Set(tasks.map(({ address }) => address)),
  };
}

async function edgeOf(state: State, node: string): Promise<NodeNetwork> {
  const edge = (await state.nodes.get(node))?.value.edge;
  if (!edge) throw new OrcaError('unavailable', `node ${node} has no edge network yet`);
  return edge;
}

function take(at: NodeNetwork, places: Places): string {
  const address = orFull(at, freeAddress(at.subnet, places));
  places.used.add(address);
  return address;
}
