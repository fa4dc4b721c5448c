/** Where Node connects to or listens on a local socket. @param name a path, or `@NAME` for an abstract one (unix(7)), as `ss` shows it */
export const socketPath = (name: string): string => (name.startsWith('@') ? `\0${name.slice(1)}` : name);
