import { OrcaError } from '../../core/errors.ts';
import { LABEL } from '../../core/model/container.ts';
import type { Revision } from '../../core/model/revision.ts';
import { escapeTemplate } from '../../core/model/schema/template.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { Task } from '../../core/model/task.ts';
import type { ContainerCreate } from '../../engine/engine.ts';
import type { State } from '../../store/state.ts';
import { containerFiles } from './container-files.ts';
import type { ReadSecrets } from './secret-values.ts';

export interface ContainerSources {
  readonly state: State;
  readonly cluster: string;
  readonly readSecrets: ReadSecrets;
  /** The name server that containers of a node are given, if its data plane is one. @param gateway of the node's edge */
  readonly nameServer: (node: string, gateway: string) => Promise<string | undefined>;
}

/** Where a container of a revision goes, and what it is. */
export interface ContainerPlace {
  readonly name: string;
  readonly node: string;
  readonly address: string;
  /** Its addresses on further networks, by key. */
  readonly networks?: Readonly<Record<string, string>> | undefined;
  /** What it is for: `orca.kind`. */
  readonly kind: 'task' | 'run' | 'release';
  /** Of its own, beside what all containers of the revision have. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * All that the engine is told of a container of a revision, whatever it is for.
 *
 * @throws OrcaError `unavailable` while the node has no network, or the image is not known; see `ReadSecrets`
 */
export async function containerOf(
  { state, cluster, readSecrets, nameServer }: ContainerSources,
  { name, node, address, networks = {}, kind, labels }: ContainerPlace,
  revision: Revision,
): Promise<ContainerCreate> {
  const { edge, networks: known = {} } = (await state.nodes.get(node))?.value ?? {};
  if (!edge || !revision.image) throw new OrcaError('unavailable', `node ${node} is not prepared for ${name} yet`);
  const secrets = await readSecrets(revision.spec);
  return {
    name,
    spec: kind === 'release' ? releaseSpec(revision.spec) : revision.spec,
    image: revision.image,
    network: edge.network,
    address,
    further: Object.entries(networks).flatMap(([key, at]) => {
      const network = known[key]?.network;
      return network === undefined ? [] : [{ network, address: at }];
    }),
    dns: await nameServer(node, edge.gateway),
    labels: {
      [LABEL.cluster]: cluster,
      [LABEL.kind]: kind,
      [LABEL.project]: revision.project,
      [LABEL.service]: revision.service,
      [LABEL.revision]: String(revision.number),
      ...labels,
    },
    secrets,
    files: await containerFiles(state.files, revision.spec, secrets),
  };
}

/** A task's container. Its revision is the one it was assigned for, whichever of the same hash the container is made from. */
export const placeOf = ({
  id,
  node,
  address,
  networks,
  slot,
  revision,
  hash,
  release,
  deployment,
}: Task): ContainerPlace => ({
  name: id,
  node,
  address,
  networks,
  kind: release ? 'release' : 'task',
  labels: {
    ...(release && { [LABEL.release]: String(deployment) }),
    [LABEL.task]: id,
    [LABEL.slot]: String(slot),
    [LABEL.revision]: String(revision),
    [LABEL.spec]: hash,
  },
});

/** It runs to its end, publishes nothing, and writes to no volume that a task may have for itself. */
const releaseSpec = (spec: ServiceSpec): ServiceSpec => ({
  ...spec,
  command: spec.release?.map(escapeTemplate),
  ports: [],
  restart: 'never',
  volumes: spec.volumes.filter(({ readOnly, volume }) => readOnly || volume.shared),
  hostPaths: spec.hostPaths.filter(({ readOnly, shared }) => readOnly || shared),
});
