/** The path in `unix:///var/lib/orca/orca.sock`, taken as it stands: a `%` in it is a `%`. Undefined for other addresses. */
export const socketPathOf = (api: string): string | undefined =>
  /^unix:(?:\/\/(?=\/)|(?!\/\/))(\/.*)$/is.exec(api)?.[1];

/** The other way round. @param path absolute */
export const unixAddress = (path: string): string => `unix://${path}`;
