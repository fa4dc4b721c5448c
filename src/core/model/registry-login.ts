/** An account of a registry, stored with `orca registry login`. */
export interface RegistryLogin {
  /** `registry.example.com:5000`, or with a path, `registry.example.com/team-a`. */
  readonly place: string;
  readonly username: string;
  /** Encrypted, for this record's place. */
  readonly password: string;
  /** The name of the token that stored it. */
  readonly createdBy: string;
  readonly createdAt: number;
}

/** The key of its record, to which its password is bound. */
export const keyOfLogin = (place: string): string => `registry-logins/${encodeURIComponent(place)}`;
