type Env = Readonly<Record<string, string | undefined>>;

/** Whether this run is to take as long as it likes (`tests/run.sh --long`). */
export const isLong = (env: Env = process.env): boolean => env['ORCA_LONG'] !== undefined;

/**
 * How often a test tries what it tries by chance: as often as a run of all tests has time for; ten times that in a long one
 * (`tests/run.sh --long`), and as a variable of the environment says where it is set.
 */
export function often(usual: number, variable: string, env: Env = process.env): number {
  const said = env[variable];
  return said === undefined ? usual * (isLong(env) ? 10 : 1) : Number(said);
}
