import { OrcaError } from '../errors.ts';
import { LOCAL_NODE, type Node } from '../model/node.ts';

const NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const ID = /^[a-z2-7]{16}$/;

export const NODE_NAME = 'expected a name of a-z, 0-9, - and ., at most 63 characters';

export const isNodeName = (name: string): boolean => NAME.test(name);

/** As machines make one up for themselves. */
export const isNodeId = (id: string): boolean => ID.test(id);

type Named = Pick<Node, 'id' | 'name'>;

/**
 * Who else is called so, by name or by id: whoever says it must mean one node.
 * @param own id of the node that wants the name
 */
export const holderOf = <N extends Named>(nodes: readonly N[], name: string, own: string): N | undefined =>
  nodes.find((node) => node.id !== own && (node.name === name || node.id === name));

/** `local` is the master's own machine for ever, also after it got another name. */
export const isReserved = (name: string, own: string): boolean => name === LOCAL_NODE && own !== LOCAL_NODE;

/** By its name, or by its id. @throws OrcaError `not_found` naming those that there are */
export function findNode<N extends Named>(nodes: readonly N[], nameOrId: string): N {
  const found = nodes.find(({ name }) => name === nameOrId) ?? nodes.find(({ id }) => id === nameOrId);
  if (found) return found;
  const names = nodes.map(({ name }) => name).toSorted();
  const some = names.slice(0, 10).join(', ');
  throw new OrcaError('not_found', `node not found: ${nameOrId.slice(0, 80)}`, {
    hint: `the nodes are ${some}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`,
    details: { kind: 'node', name: nameOrId.slice(0, 80) },
  });
}
