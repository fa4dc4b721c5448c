/** What a line of `extra_hosts` is about: `db` of `db:10.0.0.5`; an address may have colons of its own. */
export const hostOf = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase();

/** A short name is one of the asker's own project. */
export const wholeName = (name: string, { project }: { readonly project: string }): string =>
  name.includes('.') ? name : `${name}.${project}.internal`;
