import type { Internal } from '../names/networks.ts';
import type { CanarySpec } from './canary-spec.ts';
import type { Awaited, StrategyName } from './deployment.ts';
import type { FileSpec } from './file.ts';
import type { SecretPins } from './secret.ts';
import type { TlsSpec } from './tls-spec.ts';
import type { HostMount, VolumeMount } from './volume.ts';

/**
 * What the user wants run, after parsing: every default filled in, every unit made plain.
 * Durations are milliseconds, sizes bytes, cpu cores. `manifest.md` names the keys as users write them.
 */
export interface ServiceSpec {
  readonly project: string;
  readonly name: string;
  /** As written, `${push.sha}` in it too; the digest it stood for is in the revision. */
  readonly image: string;
  /** What `${push.sha}` in `image` stands for; undefined before the first push, and where it is not in it. */
  readonly commit?: string | undefined;
  readonly pull: 'auto' | 'always' | 'never';
  /** Templates, as are `entrypoint`, `env` and `labels`: a dollar is `$$` in them. */
  readonly command?: readonly string[] | undefined;
  readonly entrypoint?: readonly string[] | undefined;
  readonly replicas: number;
  /** What the container listens on. Without it nothing is probed over the network and nothing is routed. */
  readonly port?: number | undefined;
  /** Lower case, without a trailing dot, sorted as written. Empty: not routed. */
  readonly domains: readonly string[];
  /** Path prefixes served under every domain; at least `/` when there are domains. Prefixes match whole segments. */
  readonly routes: readonly RouteSpec[];
  /** Of its domains. */
  readonly tls?: TlsSpec | undefined;
  /** Without it the port answering (TCP) is the probe; without a port the image's own HEALTHCHECK, if it has one. */
  readonly health?: HealthSpec | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Of every secret that it refers to the version that stands for it; filled in when it is deployed. Undefined: none. */
  readonly secrets?: SecretPins | undefined;
  /** Put into the container before it starts. Undefined: none. */
  readonly files?: readonly FileSpec[] | undefined;
  readonly ports: readonly PublishedPort[];
  readonly volumes: readonly VolumeMount[];
  readonly hostPaths: readonly HostMount[];
  readonly resources: Limits;
  readonly reserve: Resources;
  readonly deploy: DeploySpec;
  readonly drainTimeout: number;
  readonly stopGrace: number;
  readonly stopSignal: string;
  readonly restart: 'always' | 'on-failure' | 'never';
  readonly logging: { readonly maxSize: number; readonly maxFiles: number };
  readonly init: boolean;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Paths in the container, with options as Docker takes them (`/run:size=64m`). */
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly shmSize?: number | undefined;
  /** `name:address` */
  readonly extraHosts: readonly string[];
  readonly readOnly: boolean;
  readonly capDrop: readonly string[];
  /** Of the capabilities that orca takes away by itself, those that stay. */
  readonly capKeep: readonly string[];
  readonly ulimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  /** Other projects whose services reach it as `name.project.internal`. */
  readonly internal?: Internal | undefined;
  /** Services of the same project, and how far each must have come before a deployment begins. */
  readonly dependsOn?: Readonly<Record<string, Awaited['until']>> | undefined;
  /** Run once for each deployment, in a container of the new image, before any task. Literal: a dollar is one. */
  readonly release?: readonly string[] | undefined;
  readonly placement: PlacementSpec;
}

export interface PlacementSpec {
  /** Name or id of the one node its tasks run on. */
  readonly node?: string | undefined;
  /** Labels a node must have, with their values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** A label of nodes: tasks are spread over its values. */
  readonly spread?: string | undefined;
  /** When the node of a task is lost it waits for that node, and is not started elsewhere. */
  readonly whenLost?: 'wait' | undefined;
}

export interface RouteSpec {
  /** Starts with `/`, has no trailing slash unless it is `/`. */
  readonly path: string;
  readonly stripPrefix: boolean;
}

export interface HealthSpec {
  /** Request path of an HTTP probe; a 2xx or 3xx answer passes. Without it, a TCP connection passes. */
  readonly path?: string | undefined;
  /** The probe's Host; the first domain unless given. */
  readonly host?: string | undefined;
  /** Defaults to the service's port. */
  readonly port?: number | undefined;
  readonly interval: number;
  readonly timeout: number;
  readonly failures: number;
  /** A task that is not ready does not count misses before this. */
  readonly startPeriod: number;
  /** Run in the container in place of an HTTP probe, without a shell; passed by exit code 0. Literal: a dollar is one. */
  readonly command?: readonly string[] | undefined;
}

export interface PublishedPort {
  /** Host address; loopback unless one was written. */
  readonly address: string;
  readonly host: number;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface Resources {
  readonly memory?: number | undefined;
  readonly cpu?: number | undefined;
}

export interface Limits extends Resources {
  /** Most processes and threads of a task; `DEFAULT_PIDS` unless given. */
  readonly pids?: number | undefined;
}

/** Keeps one task from taking every process id of the machine. */
export const DEFAULT_PIDS = 4096;

/** Taken from every container unless its spec keeps it: with it a container can answer for the addresses of others. */
export const DROPPED_CAPABILITIES = ['NET_RAW'] as const;

export interface DeploySpec {
  readonly strategy: StrategyName;
  /** How many slots may have a new task that is not ready yet. */
  readonly parallelism: number;
  /** Ready this long, without a miss, before a task counts. */
  readonly minReady: number;
  /** The new set must hold this long after the last switch before the last old tasks go. */
  readonly monitor: number;
  /** How long the old set stays, ready to be switched back to; of strategy blue-green alone. Ms. */
  readonly keep?: number | undefined;
  /** Of strategy canary alone. */
  readonly canary?: CanarySpec | undefined;
  /** A task not ready this long after its assignment has failed. */
  readonly deadline: number;
  /** On failure go back to the revision that served. */
  readonly rollback: boolean;
}
