import { readFileSync } from 'node:fs';

/**
 * What would keep this process, and those that it starts, from gaining rights, and is not there; in words.
 * @param asRoot else there is no set of capabilities that could have been emptied
 */
export function missingLocks(asRoot: boolean): readonly string[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return [
    ...(/^NoNewPrivs:\t1$/m.test(status) ? [] : ['no_new_privs']),
    ...(!asRoot || /^CapBnd:\t0+$/m.test(status) ? [] : ['an empty bounding set of capabilities']),
    ...(process.execArgv.includes('--disable-sigusr1') ? [] : ['--disable-sigusr1']),
  ];
}
