/** Whose a secret is: a project's, under its name, or the cluster's. No project can be named like the latter. */
export const CLUSTER_SCOPE = '@cluster';

/** A value that services refer to as `${secrets.KEY}`. The values are in its versions. */
export interface Secret {
  /** The name of a project, or `CLUSTER_SCOPE`. */
  readonly scope: string;
  readonly key: string;
  /** Number of the newest version. Numbers are never given twice, also after the secret was removed. */
  readonly latest: number;
  /** Projects that may use a secret of the cluster; none of a project's. */
  readonly grants: readonly string[];
  readonly updatedAt: number;
  /** The name of the token that changed it last. */
  readonly updatedBy: string;
  /** It has no value any more: kept so that `latest` goes on. */
  readonly removed?: true | undefined;
}

export interface SecretVersion {
  readonly scope: string;
  readonly key: string;
  readonly number: number;
  /** Encrypted, for this record's place. */
  readonly value: string;
  /** Of the value, made with the cluster's key. */
  readonly fingerprint: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** No rollback brings it back. */
  readonly revoked?: true | undefined;
}

/** The version of a secret that a revision runs with. */
export interface SecretPin {
  readonly scope: 'project' | 'cluster';
  readonly version: number;
}

/** By the key of the secret. */
export type SecretPins = Readonly<Record<string, SecretPin>>;

export const scopeOf = ({ scope }: SecretPin, project: string): string =>
  scope === 'cluster' ? CLUSTER_SCOPE : project;

/** Names that are also good for a variable in a shell. A map of versions by their keys has no place for `__proto__`. */
export const SECRET_KEY = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);
