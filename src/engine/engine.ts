import type { EngineTime } from '../core/clock.ts';
import type { MachineSample, TaskSample } from '../core/load/sample.ts';
import type { ContainerView, UnreadContainer } from '../core/model/container.ts';
import type { PullProgress } from '../core/model/pull-progress.ts';
import type { ResolvedImage } from '../core/model/revision.ts';
import type { ServiceSpec } from '../core/model/service-spec.ts';
import type { SecretValues } from '../core/model/templates.ts';
import type { EngineCopy } from './copy.ts';
import type { ExecCommand } from './exec.ts';
import type { BoundedCommand, CommandEnd } from './exec-to-end.ts';
import type { EngineDisk } from './free-disk.ts';
import type { AttachedProcess } from './process.ts';
import type { EngineVolumes } from './volume.ts';

/**
 * Docker, as orca sees it. Every call is bounded in time and may be repeated: creating what exists adopts it, removing
 * what is gone succeeds. Failures are OrcaErrors; `unavailable` means the engine cannot be reached, and says so.
 */
export interface Engine extends EngineVolumes, EngineCopy {
  /** Engine id, version, API version negotiated; rejects with `unavailable` when it does not answer. `GET /info`, `/version` */
  info(): Promise<EngineInfo>;
  /**
   * Runs one container and has it answer, to show that services will run there; nothing is downloaded, and nothing is left. May be
   * repeated. Rejects with what did not work. `POST /containers/{id}/attach`
   */
  tryContainer(): Promise<void>;
  /**
   * Opens a connection of its own, and is answered on it: an engine that stops takes no new one, though on those that it has it goes on
   * answering, and tells of the containers that it stops. Rejects with `unavailable`. `GET /_ping`
   */
  reach(): Promise<void>;
  /**
   * When the engine itself began: it starts its containers then. Undefined where it has no bridge of its own, which is as old as it is.
   * `GET /networks/bridge`, `/info`
   */
  began(): Promise<EngineStart | undefined>;
  /** All containers of the cluster, running or not. One that is not told of is unread, all others are read. `GET /containers/json?all=1` and inspect */
  list(): Promise<readonly (ContainerView | UnreadContainer)[]>;
  /** Rejects with `unavailable` if the engine does not tell of this one; asked again it may reject at once. */
  inspect(name: string): Promise<ContainerView | undefined>;
  /** Starts of a watch: `onEvent` gets the name of a container of the cluster that changed, with its exit code if it died; `onReset` says that events may have been missed (connected, reconnected). Ends with the signal. `GET /events` */
  watch(
    handlers: { onEvent(name: string, exitCode?: number): void; onReset(): void; onDown(error: Error): void },
    signal: AbortSignal,
  ): void;
  /** The digest the reference stands for now, without pulling. Asks the registry per `pull`, 10 s at most. */
  resolve(ref: string, pull: ServiceSpec['pull']): Promise<Resolution>;
  /**
   * Asks a registry whether it takes a name and password, as the engine will when it pulls. `POST /auth`
   * Rejects with `invalid` if it does not, with `unavailable` if it cannot be asked.
   */
  checkLogin(login: LoginWish): Promise<void>;
  /**
   * Brings the image onto the engine if it is not there. Rejects with `not_found` and `unplaceable`, if it does not fit on the
   * disk, saying why and what to do in one sentence.
   */
  pull(image: ResolvedImage, wish?: PullWish): Promise<void>;
  /** What a pull of it would bring, as far as its registry tells. Asks for 5 s at most. */
  foreseePull(image: ResolvedImage): Promise<PullForecast>;
  hasImage(image: ResolvedImage): Promise<boolean>;
  /**
   * Takes the image off the engine by that name, unless it has a tag, which is somebody's, or a container uses it.
   * `DELETE /images/{name}`
   *
   * @param pinned `name@sha256:...`
   */
  removeImage(pinned: string): Promise<'removed' | 'gone' | 'tagged' | 'in-use'>;
  /** Why no registry gives the image by its digest, as a clause; undefined if one does. Asks for 10 s at most. */
  missing(image: ResolvedImage): Promise<string | undefined>;
  /** Makes the edge network if it is not there: a bridge with `enable_icc=false` and orca's own subnet. */
  ensureEdge(network: string, pool: string): Promise<EdgeNetwork>;
  /**
   * Makes an `--internal` bridge on which its containers reach each other, and nobody else, unless it is there.
   *
   * @param subnet of the network as it was made before; another one is chosen from the pool where there is none
   * @returns its subnet
   */
  ensureNetwork(network: string, pool: string, subnet?: string): Promise<string>;
  removeNetwork(network: string): Promise<void>;
  /** Gives a container, running or not, a fixed address on a further network; no error if it has it. `POST /networks/{id}/connect` */
  connect(name: string, place: Place): Promise<void>;
  /** Takes a container, running or not, off a network; no error if it is not on it, or one of the two is gone. `POST /networks/{id}/disconnect` */
  disconnect(name: string, network: string): Promise<void>;
  /** A name that exists with the same labels is adopted. Its files are in it when this returns. Returns the container's id. */
  create(container: ContainerCreate): Promise<string>;
  /**
   * No error if it runs already.
   *
   * @param once a command that must not run twice: with a connection that breaks it fails, and may run
   */
  start(name: string, once?: boolean): Promise<void>;
  /** Stop signal, then SIGKILL after `grace` ms; no error if it is stopped or gone. */
  stop(name: string, grace: number): Promise<void>;
  /** Removes it with its anonymous volumes; no error if it is gone. Never another project's: checks the cluster label. */
  remove(name: string): Promise<void>;
  /** Removes it unless it runs. Its volumes stay, the anonymous ones too: see `removeLeftFileVolumes`. Only one of the cluster. */
  removeDead(name: string): Promise<'removed' | 'gone' | 'in-use'>;
  /** What takes room on the engine's disk. */
  usage(): Promise<EngineUsage>;
  /** What a running container uses, as of now; undefined if it does not run. Asks for 5 s at most. `GET /containers/{id}/stats` */
  stats(name: string, signal?: AbortSignal): Promise<TaskSample | undefined>;
  /** What the engine's machine uses; undefined where nobody there tells. Rejects with `unavailable` while its node is away. */
  machine(): Promise<MachineSample | undefined>;
  /** The disk of its data root; undefined where it cannot be seen. */
  disk(): Promise<EngineDisk | undefined>;
  /** Log lines, oldest first, with back-pressure. Ends at the end of the log unless `follow`. */
  logs(name: string, query: LogQuery): AsyncIterable<LogLine>;
  /** Starts a command in a running container and holds its streams. Rejects with `not_found`, `conflict` if it does not run. */
  readonly exec: (name: string, command: ExecCommand) => Promise<AttachedProcess>;
  /** Holds the streams of a container made with `attach`, to be called before it is started. Rejects with `not_found`. */
  attach(name: string, tty: boolean): Promise<AttachedProcess>;
  /** Runs a command in a running container to its end, or to its limit: then it is killed. Rejects as `exec` does. */
  execToEnd(name: string, command: BoundedCommand): Promise<CommandEnd>;
}

export interface EngineStart {
  readonly at: EngineTime;
  /** ms */
  readonly ago: number;
}

export interface PullWish {
  readonly signal?: AbortSignal | undefined;
  /** Told as often as the engine tells: some times a second for each layer. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

export interface PullForecast {
  /** Of its compressed layers; those that are there already count. Undefined if its registry does not tell. */
  readonly bytes?: number | undefined;
  /** Why it certainly does not fit on the engine's disk, as a sentence. */
  readonly refusal?: string | undefined;
}

export interface LoginWish {
  /** `registry.example.com`, or with a path. */
  readonly place: string;
  readonly username: string;
  readonly password: string;
}

export interface EngineUsage {
  /** Undefined where it cannot be seen from here. */
  readonly disk?: EngineDisk | undefined;
  /** All of them, orca's or not. */
  readonly images: readonly {
    readonly id: string;
    /** `name@sha256:...` */
    readonly digests: readonly string[];
    readonly tags: readonly string[];
    /** With layers that it shares with others. */
    readonly bytes: number;
  }[];
  /** All of them. */
  readonly containers: readonly {
    readonly name: string;
    /** Id of its image. */
    readonly image: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Of the cluster. */
    readonly isOwn: boolean;
    readonly state: string;
    /** What it wrote beside its image and its volumes; known of own ones, if the engine tells in time. */
    readonly bytes?: number | undefined;
  }[];
}

export interface EdgeNetwork {
  readonly subnet: string;
  readonly gateway: string;
  /** Name of its interface on the engine's machine. */
  readonly bridge?: string | undefined;
}

export interface EngineInfo {
  readonly id: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly cpus: number;
  readonly memory: number;
  readonly rootless: boolean;
}

export interface Resolution {
  readonly image?: ResolvedImage | undefined;
  /** Set when the image could not be resolved (then `image` is undefined) or an older local one is used (then both). */
  readonly warning?: string | undefined;
  /** Not on the engine yet. */
  readonly needsPull: boolean;
}

/** Everything in a create call that orca decides; the adapter turns it into `POST /containers/create`. */
export interface ContainerCreate {
  readonly name: string;
  readonly spec: ServiceSpec;
  readonly image: ResolvedImage;
  readonly network: string;
  readonly address: string;
  /** Further networks that it is on from its first instruction. */
  readonly further?: readonly Place[] | undefined;
  /** The one name server that it asks; Docker's own choice unless given. */
  readonly dns?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What the secrets stand for that `spec` refers to: never logged, never told. */
  readonly secrets?: SecretValues | undefined;
  /** In it before it starts. */
  readonly files?: readonly ContainerFile[] | undefined;
  /** Somebody holds the streams of its process; stdin ends with the first who does. */
  readonly attach?: { readonly tty: boolean } | undefined;
}

export interface ContainerFile {
  /** Absolute path in the container. */
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: Uint8Array;
}

/** A fixed address on a network. */
export interface Place {
  readonly network: string;
  readonly address: string;
}

export interface LogQuery {
  /** Last lines only. */
  readonly tail?: number | undefined;
  readonly since?: number | undefined;
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LogLine {
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
