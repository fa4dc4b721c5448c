import type { ResolvedImage } from '../core/model/revision.ts';
import type { VolumeSpec } from '../core/model/volume.ts';

/** A volume as the engine shows it: `GET /volumes/{name}`. */
export interface VolumeView {
  readonly name: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Whose label it bears: this cluster's, another one's, or none. */
  readonly owner: 'own' | 'other' | 'none';
}

export interface VolumeCreate extends Pick<VolumeSpec, 'driver' | 'driverOpts'> {
  /** On the engine. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What its root directory shall be. */
export interface VolumeRoot extends Pick<VolumeSpec, 'owner' | 'mode'> {
  readonly name: string;
  /** Of the service that mounts it first: what the image has at `target` is copied into the volume, as Docker does it. */
  readonly image: ResolvedImage;
  readonly target: string;
}

/** A container that has a volume, of whichever cluster, or of none. */
export interface VolumeUser {
  readonly id: string;
  readonly name: string;
  readonly project?: string | undefined;
  readonly service?: string | undefined;
  /** It bears this cluster's label. */
  readonly isOwn: boolean;
  /** It runs, is paused, or is about to be started again. */
  readonly isUp: boolean;
  readonly readOnly: boolean;
}

/** The volumes of an engine. Failures are those of `Engine`. */
export interface EngineVolumes {
  /** All of them, also those of others. `GET /volumes` */
  volumes(): Promise<readonly VolumeView[]>;
  /** `GET /volumes/{name}` */
  volume(name: string): Promise<VolumeView | undefined>;
  /** As it is then: one that was there under this name before is left as it is. `POST /volumes/create` */
  createVolume(volume: VolumeCreate): Promise<VolumeView>;
  /**
   * Gives the root directory of a volume its owner and permissions, through a container that is never started. May be
   * repeated. `PUT /containers/{id}/archive`
   */
  setVolumeRoot(root: VolumeRoot): Promise<void>;
  /**
   * Removes a container that `setVolumeRoot` of a killed process has left, unless it is one of this process that is in use.
   * @param id of the container as it was seen under the name
   */
  removeLeftHelper(name: string, id: string): Promise<void>;
  /** Removes the folders of files that no container has any more; their names. No other volume. `DELETE /volumes/{name}` */
  removeLeftFileVolumes(): Promise<readonly string[]>;
  /** `GET /containers/json?filters={"volume":[...]}` */
  volumeUsers(name: string): Promise<readonly VolumeUser[]>;
  /** Bytes by name, as far as the drivers tell; Docker reads every file for it. `GET /system/df` */
  volumeSizes(): Promise<ReadonlyMap<string, number>>;
  /** @throws OrcaError `conflict` if a container has it. `DELETE /volumes/{name}` */
  removeVolume(name: string): Promise<'removed' | 'gone'>;
}
