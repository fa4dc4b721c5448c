import { isDeepStrictEqual } from 'node:util';
import { LABEL } from '../../src/core/model/container.ts';
import type { Cluster } from './cluster.ts';

/**
 * Why a service is not yet as it is wanted; undefined if it is: as many tasks as are wanted, each in a slot of its own and
 * as its revision says, each with its container, which runs and is routed to, and no container that no task knows.
 */
export async function amiss(cluster: Cluster, service: string, replicas: number): Promise<string | undefined> {
  const { state } = cluster.master();
  const found = await state.services.get('shop', service);
  if (found?.value.deployment !== undefined) {
    const { value } = (await state.deployments.get(found.value.deployment)) ?? {};
    return `deployment ${value?.id} is ${value?.state}: ${value?.reason}`;
  }
  const tasks = (await state.tasks.list('shop', service)).map(({ value }) => value);
  const live = tasks.filter(({ phase }) => phase !== 'ended');
  const slots = live.map(({ slot }) => slot).sort();
  const wanted = Array.from({ length: replicas }, (_, index) => index + 1);
  if (!isDeepStrictEqual(slots, wanted)) return `its slots are ${slots}`;
  const target = await state.revisions.get('shop', service, found?.value.revision ?? 0);
  if (live.some(({ hash }) => hash !== target?.value.hash)) return 'not all are as the revision says';
  const boxes = containersOf(cluster, service);
  const names = live.map(({ id }) => id).sort();
  if (!isDeepStrictEqual(boxes, names)) return `containers ${boxes}, tasks ${names}`;
  const silent = names.find((name) => !cluster.nodes.some(({ machine }) => machine.answers(name)));
  if (silent !== undefined) return `${silent} does not answer`;
  const { world } = cluster.master().controllers;
  const unrouted = live.find((task) => !world.routing(task).everywhere);
  return unrouted && `${unrouted.id} is not routed to by all`;
}

export const containersOf = ({ nodes }: Cluster, service: string): readonly string[] =>
  nodes
    .flatMap(({ machine }) => [...machine.boxes.values()])
    .filter(({ view }) => view.labels[LABEL.service] === service)
    .map(({ view }) => view.name)
    .sort();

export async function untilConverged(cluster: Cluster, service: string, replicas: number): Promise<void> {
  let why: string | undefined = '';
  const isConverged = async () => {
    why = await amiss(cluster, service, replicas);
    return why === undefined;
  };
  await cluster.until(`${service} as it is wanted`, isConverged, 120_000).catch((error: Error) => {
    throw new Error(`${why}\n${error.message}`);
  });
}
