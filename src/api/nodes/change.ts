import { takeCensus } from '../../controllers/joined/census.ts';
import { OrcaError } from '../../core/errors.ts';
import { isIngress, LOCAL_NODE, type Node } from '../../core/model/node.ts';
import { findNode, holderOf, isReserved } from '../../core/nodes/node-name.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';

export interface ChangeNodeOptions {
  readonly state: State;
  readonly clock: { now(): number };
}

export interface NodeWish {
  readonly name?: string | undefined;
  /** Null removes one. */
  readonly labels?: Readonly<Record<string, string | null>> | undefined;
  readonly ingress?: boolean | undefined;
  /** Null: the one that it has towards the master. */
  readonly address?: string | null | undefined;
}

/** A change that lost so many races in a row is given up. */
export const TRIES = 5;
const MAX_LABELS = 64;

/** @throws OrcaError `not_found`, naming those that there are */
export async function nodeNamed(state: State, nameOrId: string): Promise<Stored<Node>> {
  const { records } = await state.nodes.listReadable();
  const { id } = findNode(
    records.map(({ value }) => value),
    nameOrId,
  );
  return records.find(({ value }) => value.id === id) as Stored<Node>;
}

/**
 * Renames a node, sets and removes labels, says whether requests come in there, and where other nodes reach it.
 * @throws OrcaError `not_found`; `conflict` for a name that another has, and for the ingress of the master's own machine
 */
export async function changeNode(
  { state, clock }: ChangeNodeOptions,
  nameOrId: string,
  wish: NodeWish,
  caller: Caller,
): Promise<Node> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const census = await takeCensus(state);
    const stored = await nodeNamed(state, nameOrId);
    const changed = changedNode(stored.value, wish);
    const { records } = await state.nodes.listReadable();
    requireFree(
      records.map(({ value }) => value),
      changed,
    );
    const what = changesOf(stored.value, changed);
    if (what.length === 0) return changed;
    const reason = `${what.join('; ')} (by ${caller.name})`;
    const { succeeded } = await state.store.txn({
      compare: [census.compare, unchanged(stored)],
      then: [
        census.counted,
        state.nodes.put(changed),
        state.event({ kind: 'node', at: clock.now(), name: changed.name, reason }),
      ],
    });
    if (succeeded) return changed;
  }
  throw changedOften(nameOrId);
}

/**
 * Removes a node that joined. What runs on it runs on, and is no business of this cluster any more.
 * @throws OrcaError `not_found`; `conflict` for the master's own machine, and for one with tasks unless `force`
 */
export async function removeNode(
  { state, clock }: ChangeNodeOptions,
  nameOrId: string,
  force: boolean,
  caller: Caller,
): Promise<Node> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const census = await takeCensus(state);
    const stored = await nodeNamed(state, nameOrId);
    const { id, name } = stored.value;
    if (id === LOCAL_NODE)
      throw new OrcaError('conflict', `${name} is the machine of the master, which cannot be removed`);
    const tasks = (await state.tasks.list()).filter(({ value }) => value.node === id && value.phase !== 'ended');
    if (tasks.length > 0 && !force) throw hasTasks(name, tasks.length);
    const reason = `removed (by ${caller.name})`;
    const { succeeded } = await state.store.txn({
      compare: [census.compare, unchanged(stored)],
      then: [
        census.counted,
        state.nodes.remove(stored.value),
        state.event({ kind: 'node', at: clock.now(), name, reason }),
      ],
    });
    if (succeeded) return stored.value;
  }
  throw changedOften(nameOrId);
}

function changedNode(
  node: Node,
  { name = node.name, labels, ingress = isIngress(node), address = node.address }: NodeWish,
): Node {
  const wanted = Object.entries({ ...node.labels, ...labels }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  if (wanted.length > MAX_LABELS)
    throw new OrcaError('conflict', `${node.name} would have ${wanted.length} labels; ${MAX_LABELS} are possible`, {
      hint: 'remove some: orca node set NAME --label-rm KEY',
    });
  if (node.id === LOCAL_NODE && !ingress) throw ownIngress(node);
  const sorted = Object.fromEntries(wanted.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...node,
    name,
    labels: sorted,
    ...(ingress !== isIngress(node) && { ingress }),
    address: address ?? undefined,
  };
}

function changesOf(before: Node, after: Node): readonly string[] {
  const keys = [...new Set([...Object.keys(before.labels ?? {}), ...Object.keys(after.labels ?? {})])].sort();
  return [
    ...(before.name === after.name ? [] : [`renamed from ${before.name} to ${after.name}`]),
    ...(isIngress(before) === isIngress(after) ? [] : [isIngress(after) ? 'an ingress now' : 'no ingress any more']),
    ...(before.address === after.address
      ? []
      : [`its address is ${after.address ?? 'the one towards the master'} now`]),
    ...keys.flatMap((key) => {
      const [old, now] = [before.labels?.[key], after.labels?.[key]];
      if (old === now) return [];
      return [now === undefined ? `label ${key} removed` : `label ${key}=${now}`];
    }),
  ];
}

function requireFree(nodes: readonly Node[], { id, name }: Node): void {
  if (!holderOf(nodes, name, id) && !isReserved(name, id)) return;
  throw new OrcaError('conflict', `another node is called ${name}`, { hint: 'choose another name' });
}

const ownIngress = ({ name }: Node): OrcaError =>
  new OrcaError('conflict', `${name} is the machine of the master, whose ingress is set where its server is`, {
    hint: 'to take requests elsewhere only: `http: off` in server.yml',
  });

const hasTasks = (name: string, count: number): OrcaError =>
  new OrcaError('conflict', `${name} runs ${count} ${count === 1 ? 'task' : 'tasks'}`, {
    hint: `move them first: orca node drain ${name}. Removed all the same (--force), they run on there without orca, and others are started`,
    details: { tasks: count },
  });

export const changedOften = (name: string): OrcaError =>
  new OrcaError('conflict', `${name} was changed by others ${TRIES} times in a row`, { hint: 'try again' });
