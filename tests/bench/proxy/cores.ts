/** Proxies have one core, what they stand between the other. */
export const PROXY_CORE = 0;
export const OTHER_CORE = 1;

/** argv that runs a program on one core, and ends it when this process ends, however it ends. */
export const pinned = (core: number, argv: readonly string[]): string[] => [
  'setpriv',
  ...['--pdeathsig', 'SIGKILL'],
  ...['taskset', '--cpu-list', String(core)],
  ...argv,
];
