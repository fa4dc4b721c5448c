type Env = Readonly<Record<string, string | undefined>>;

/** All requests of a load compute on the cores that the other tests of a run share. */
const AMONG_OTHERS = 4;

/**
 * How many requests a second a load asks for where orca is to serve so many: that many in a long run, a quarter of it in one of
 * all tests; divided by `ORCA_LOAD_DIVIDED_BY` where that is set.
 */
export function perSecond(rate: number, env: Env = process.env): number {
  const divided = env['ORCA_LOAD_DIVIDED_BY'] ?? (env['ORCA_LONG'] === undefined ? AMONG_OTHERS : 1);
  return Math.ceil(rate / Number(divided));
}
