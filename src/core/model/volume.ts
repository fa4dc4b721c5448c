/** What a project declares a volume to be. Every mount of it holds a copy, so that a revision stands for itself. */
export interface VolumeSpec {
  /** In the project; on the engine it is `<project>_<name>`. */
  readonly name: string;
  readonly driver: string;
  readonly driverOpts: Readonly<Record<string, string>>;
  /** Several tasks may write to it at once. */
  readonly shared: boolean;
  /** `uid:gid` of its root directory, set once, when orca makes it. */
  readonly owner?: string | undefined;
  /** Four octal digits, set with it. */
  readonly mode?: string | undefined;
}

/** A declared volume in the containers of a service. */
export interface VolumeMount {
  readonly volume: VolumeSpec;
  /** Path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** A file or folder of the node in the containers of a service. Only an admin may ask for it. */
export interface HostMount {
  readonly path: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Several tasks may write to it at once. */
  readonly shared: boolean;
}

export const LOCAL_DRIVER = 'local';

/** Its name on the engine, as Docker Compose names it. Neither is ambiguous: a project's name has no underscore. */
export const volumeName = (project: string, { name }: Pick<VolumeSpec, 'name'>): string => `${project}_${name}`;

/** The volumes of a spec, each once. */
export const volumesOf = ({ volumes }: { readonly volumes: readonly VolumeMount[] }): readonly VolumeSpec[] => [
  ...new Map(volumes.map(({ volume }) => [volume.name, volume])).values(),
];

/** Its root directory is set as it was declared, and not as the image has it. */
export const hasOwnRoot = ({ owner, mode }: VolumeSpec): boolean => owner !== undefined || mode !== undefined;
