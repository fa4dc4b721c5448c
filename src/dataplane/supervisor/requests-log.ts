import type { Log } from '../../telemetry/log.ts';
import { FILE } from '../config.ts';
import { type AccessLog, createAccessLog } from './access-log.ts';
import { createThrottle } from './throttle.ts';

const LOST_EVERY = 10_000;

/** At once, and then at most every so often: the disk may be full, and a worker may say so without end. */
export function tellLostLines(log: Log): (count: number) => void {
  let lost = 0;
  const told = createThrottle(() => {
    log.warn({ lines: lost }, 'lines of the access log were lost');
    lost = 0;
  }, LOST_EVERY);
  return (count) => {
    lost += count;
    told.call();
  };
}

/** In the working directory. */
export function openAccessLog(log: Log, onLost: (count: number) => void): AccessLog {
  return createAccessLog({
    path: FILE.accessLog,
    onLost,
    onTrouble(error) {
      if (error === undefined) log.info('the access log is open again');
      else log.error({ reason: error }, 'the access log cannot be opened');
    },
    onFound: (found) => log.warn({ found }, 'something else lay in the place of the access log'),
  });
}
