/** Who may use a lab's registry that has accounts. */
export interface LabAccount {
  readonly name: string;
  readonly password: string;
  /** bcrypt of the password: the only digest that docker-registry takes. */
  readonly digest: string;
  /** Repositories of the token-auth registry that it may use begin with this. */
  readonly prefix: string;
}

export const CI: LabAccount = {
  name: 'ci',
  password: 'sesame-of-ci',
  digest: '$2b$04$zAZDxdb8tIsHdSNhmlj2VulauI8AyV29.rvuetoc8DKIzRTT9CU5.',
  prefix: '',
};

export const TEAM_A: LabAccount = {
  name: 'team-a',
  password: 'sesame-of-team-a',
  digest: '$2b$04$6e0ftjY15q4ZGUdNUra9DuFKqQKiOn9PEiVwF9oNIYrYNFjnPcm/K',
  prefix: 'team-a/',
};

export const ACCOUNTS: readonly LabAccount[] = [CI, TEAM_A];
