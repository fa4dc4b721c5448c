/** Rising: a deployer may do what a viewer may, an admin everything. */
export const ROLES = ['viewer', 'deployer', 'admin'] as const;

export type Role = (typeof ROLES)[number];

export const mayAct = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** An API token as the store keeps it: never the token itself. */
export interface TokenRecord {
  /** The first 16 characters of `digest`: a presented token leads to its record without a search. */
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the token, hex. */
  readonly digest: string;
  readonly role: Role;
  /** Undefined: all projects. */
  readonly projects?: readonly string[] | undefined;
  readonly expiresAt?: number | undefined;
  readonly createdAt: number;
  /** Who made it; undefined for the first one, and for those of before this was kept. */
  readonly createdBy?: string | undefined;
}
