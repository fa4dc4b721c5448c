import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import { hardwareAddress } from '../core/edge/hardware-address.ts';
import { LABEL } from '../core/model/container.ts';
import { fileVolumes } from '../core/model/file-layout.ts';
import { DEFAULT_PIDS, DROPPED_CAPABILITIES, type ServiceSpec } from '../core/model/service-spec.ts';
import { mapTemplates, textOf } from '../core/model/templates.ts';
import { hasOwnRoot, volumeName } from '../core/model/volume.ts';
import type { ContainerCreate } from './engine.ts';
import { fileVolumeLabels } from './left-file-volumes.ts';

/**
 * The body of `POST /containers/create`. What a container may never have (host namespaces, devices, added capabilities,
 * privileges) has no field here, so that no spec can ask for it. Templates become text here, and only here.
 *
 * @param ownUsers the engine gives containers a user namespace
 */
export const createRequest = (container: ContainerCreate, ownUsers = false): ContainerCreateOptions =>
  requestOf({ ...container, spec: mapTemplates(container.spec, (text) => textOf(text, container.secrets)) }, ownUsers);

const requestOf = (container: ContainerCreate, ownUsers: boolean): ContainerCreateOptions => ({
  name: container.name,
  Hostname: hostname(container.name),
  Image: container.image.pinned,
  Labels: { ...container.spec.labels, ...container.labels },
  ...program(container.spec),
  ...(container.attach && { ...ATTACHED, Tty: container.attach.tty }),
  ExposedPorts: Object.fromEntries(container.spec.ports.map((port) => [portKey(port), {}])),
  HostConfig: {
    ...limits(container.spec),
    ...surroundings(container.spec),
    NetworkMode: container.network,
    RestartPolicy: { Name: RESTART[container.spec.restart] },
    Init: container.spec.init,
    SecurityOpt: ['no-new-privileges'],
    CapDrop: dropped(container.spec),
    ...(ownUsers && { Sysctls: PING }),
    ReadonlyRootfs: container.spec.readOnly,
    PortBindings: bindings(container.spec.ports),
    ...names(container),
    LogConfig: logging(container.spec),
    Mounts: [...mounts(container.spec), ...mountsOfFiles(container)],
  },
  ...place(container),
});

/** The fixed hardware address is read from the container up to API 1.43, from the network's endpoint since. */
function place({ network, address }: ContainerCreate): ContainerCreateOptions {
  const MacAddress = hardwareAddress(address);
  const endpoint = { IPAMConfig: { IPv4Address: address }, MacAddress };
  return { MacAddress, NetworkingConfig: { EndpointsConfig: { [network]: endpoint } } };
}

/**
 * One server: with a second one listed, one that is away makes Docker's own resolver answer at once that there is no such name.
 * An option is given as Docker then leaves `ndots` at 0, without which it would keep names without a dot to itself.
 */
const names = ({ dns }: ContainerCreate): ContainerCreateOptions['HostConfig'] =>
  dns === undefined ? {} : { Dns: [dns], DnsOptions: ['attempts:3'] };

const ATTACHED = { AttachStdin: true, AttachStdout: true, AttachStderr: true, OpenStdin: true, StdinOnce: true };

const RESTART = { always: 'unless-stopped', 'on-failure': 'on-failure', never: 'no' } as const;

/** sethostname(2) takes 64 bytes; the end of a task id is what tells tasks apart. */
const hostname = (name: string): string => name.slice(-63).replace(/^[^a-zA-Z0-9]+/, '');

const program = (spec: ServiceSpec): ContainerCreateOptions => ({
  Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
  StopSignal: spec.stopSignal,
  // What Docker itself waits when the engine shuts down.
  StopTimeout: Math.ceil(spec.stopGrace / 1000),
  ...(spec.command && { Cmd: [...spec.command] }),
  ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
  ...(spec.user !== undefined && { User: spec.user }),
  ...(spec.workingDir !== undefined && { WorkingDir: spec.workingDir }),
});

const limits = ({ resources, shmSize, ulimits }: ServiceSpec): ContainerCreateOptions['HostConfig'] => ({
  ...(resources.memory !== undefined && { Memory: resources.memory }),
  ...(resources.cpu !== undefined && { NanoCpus: Math.round(resources.cpu * 1e9) }),
  PidsLimit: resources.pids ?? DEFAULT_PIDS,
  ...(shmSize !== undefined && { ShmSize: shmSize }),
  Ulimits: Object.entries(ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
});

/**
 * Without NET_RAW `ping` goes on by ICMP sockets. Docker opens them to every group since 20.10, but not where containers have
 * users of their own, as the groups of its range are none there: these are.
 */
const PING = { 'net.ipv4.ping_group_range': '0 65535' };

const dropped = ({ capDrop, capKeep }: ServiceSpec): string[] => [
  ...new Set([...capDrop, ...DROPPED_CAPABILITIES.filter((name) => !capKeep.includes(name))]),
];

const surroundings = ({ tmpfs, extraHosts }: ServiceSpec): ContainerCreateOptions['HostConfig'] => ({
  Tmpfs: { ...tmpfs },
  ExtraHosts: [...extraHosts],
});

/**
 * By `Mounts`: a host path that is not there is an error then, where `Binds` would make a folder of root's. What the image has at
 * the place is copied into an empty volume, unless its root was set as it was declared: the copy would set it anew.
 */
const mounts = ({ project, volumes, hostPaths }: ServiceSpec): MountSettings[] => [
  ...volumes.map(({ volume, target, readOnly }) => ({
    Type: 'volume' as const,
    Source: volumeName(project, volume),
    Target: target,
    ReadOnly: readOnly,
    ...(hasOwnRoot(volume) && { VolumeOptions: { NoCopy: true } as MountSettings['VolumeOptions'] }),
  })),
  ...hostPaths.map(({ path, target, readOnly }) => ({
    Type: 'bind' as const,
    Source: path,
    Target: target,
    ReadOnly: readOnly,
  })),
];

/** Named, as the engine's default may be another one: `orca logs` reads this one back, and it cannot fill the disk. */
const logging = ({ logging: { maxSize, maxFiles } }: ServiceSpec) => ({
  Type: 'json-file',
  Config: { 'max-size': String(maxSize), 'max-file': String(maxFiles) },
});

/**
 * Where nothing can be put into the container's own file system: an anonymous volume a folder, which goes with the container. Its
 * labels tell it from those that an image asks for.
 */
const mountsOfFiles = ({ spec, labels }: ContainerCreate): MountSettings[] =>
  fileVolumes(spec.files ?? [], spec).map((Target) => ({
    Type: 'volume' as const,
    Source: '',
    Target,
    VolumeOptions: { Labels: fileVolumeLabels(labels[LABEL.cluster] ?? '') } as MountSettings['VolumeOptions'],
  }));

const portKey = ({ container, protocol }: ServiceSpec['ports'][number]): string => `${container}/${protocol}`;

function bindings(ports: ServiceSpec['ports']): Record<string, { HostIp: string; HostPort: string }[]> {
  const byPort: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const key = portKey(port);
    byPort[key] = [...(byPort[key] ?? []), { HostIp: port.address, HostPort: String(port.host) }];
  }
  return byPort;
}
