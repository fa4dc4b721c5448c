import type { ContainerInfo } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import { type ContainerView, LABEL, type UnreadContainer } from '../core/model/container.ts';
import type { DockerClient } from './client.ts';
import { toContainerView } from './container-view.ts';
import { isAway } from './docker-error.ts';
import type { Inspections } from './inspections.ts';

type Listed = ContainerView | UnreadContainer;

const INSPECTS_AT_ONCE = 16;

/** Every container of the cluster, each as far as the engine tells of it; those that must be as they were are not asked for anew. Rejects only if the list itself cannot be had. */
export async function listContainers(
  client: DockerClient,
  cluster: string,
  inspections: Inspections,
): Promise<readonly Listed[]> {
  const filters = { label: [`${LABEL.cluster}=${cluster}`] };
  const found = await client.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  inspections.readings.keepOnly(new Set(found.map(nameOf)));
  const queue = found.toReversed();
  const views: Listed[] = [];
  const work = async () => {
    for (let info = queue.pop(); info !== undefined; info = queue.pop()) {
      const view = await read(inspections, info);
      if (view !== undefined) views.push(view);
    }
  };
  await Promise.all(Array.from({ length: INSPECTS_AT_ONCE }, work));
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One that could not be read is not asked for again here: whoever wants to know it asks for it alone, and nobody waits for that. */
async function read(inspections: Inspections, info: ContainerInfo): Promise<Listed | undefined> {
  const name = nameOf(info);
  const trouble = inspections.trouble(name);
  if (trouble) return unread(info, trouble);
  const known = inspections.readings.still(name, info, performance.now());
  if (known) return known;
  try {
    const found = await inspections.inspect(name, info.Id);
    return found && toContainerView(found);
  } catch (error) {
    if (!(error instanceof OrcaError) || isAway(error)) throw error;
    return unread(info, error);
  }
}

/** A container that has links has more names: its own is the one without a further slash. */
const nameOf = ({ Id, Names }: ContainerInfo): string =>
  (Names.find((name) => name.lastIndexOf('/') === 0) ?? Id).replace(/^\//, '');

const unread = (info: ContainerInfo, { message }: OrcaError): UnreadContainer => ({
  id: info.Id,
  name: nameOf(info),
  labels: info.Labels ?? {},
  state: info.State as ContainerView['state'],
  unread: message,
});
