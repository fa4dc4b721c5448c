import type { Ways } from '../../core/names/carriage.ts';

/** A node to carry a connection to; undefined is this one. */
export type Way = { readonly node: string | undefined; readonly tasks: number };

/**
 * Where to try, in order, each once: by chance, as many tasks as there are on each. Nodes that are not reached are left out.
 *
 * @param isReached whether a node's data plane is
 */
export function chooseWays(ways: Ways, isReached: (node: string) => boolean, random: () => number): readonly Way[] {
  const left: Way[] = [
    ...(ways.own.length > 0 ? [{ node: undefined, tasks: ways.own.length }] : []),
    ...ways.others.filter(({ node, tasks }) => tasks > 0 && isReached(node)),
  ];
  const order: Way[] = [];
  while (left.length > 0) {
    let point = random() * left.reduce((sum, { tasks }) => sum + tasks, 0);
    const at = left.findIndex(({ tasks }) => {
      point -= tasks;
      return point < 0;
    });
    order.push(...left.splice(Math.max(0, at), 1));
  }
  return order;
}
