/** What a data plane is started with: by the key of server.yml, each value as it is written there. */
export type DataPlaneSettings = Readonly<Record<string, string>>;

/**
 * Where a data plane that runs differs from one that would be started now, as `http is "[::]:80", not "[::]:8080"`; undefined
 * where it does not. A key that only one of them knows is passed over: the other is older, or was handed what it stands for.
 */
export function staleSettings(inForce: DataPlaneSettings, wanted: DataPlaneSettings): string | undefined {
  const keys = Object.keys(wanted).filter((key) => inForce[key] !== undefined && inForce[key] !== wanted[key]);
  if (keys.length === 0) return undefined;
  return keys.map((key) => `${key} is ${quoted(inForce[key])}, not ${quoted(wanted[key])}`).join('; ');
}

/** Where plain HTTP is served; undefined where it is off, or on any free port: which one is not told here. */
export function httpPort({ http = '' }: DataPlaneSettings): number | undefined {
  const port = /:(\d{1,5})$/.exec(http)?.[1];
  return port === undefined || Number(port) === 0 ? undefined : Number(port);
}

/** A list of proxies may be long, and the text of a data plane is a stranger's. */
const LONGEST = 200;
const quoted = (text = ''): string => `"${text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text}"`;
