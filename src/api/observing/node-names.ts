import type { State } from '../../store/state.ts';

/** A node as people know it, by its id; the id of one that is not known. */
export type NodeName = (id: string) => string;

export async function readNodeNames({ nodes }: Pick<State, 'nodes'>): Promise<NodeName> {
  const names = new Map((await nodes.listReadable()).records.map(({ value }) => [value.id, value.name]));
  return (id) => names.get(id) ?? id;
}
