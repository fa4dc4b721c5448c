import { z } from 'zod';
import { parseMemory, type Reading } from '../../units.ts';
import { DROPPED_CAPABILITIES } from '../service-spec.ts';
import { isIp } from './ip-address.ts';
import { didYouMean } from './nearest.ts';
import { looseText, read, shown, text } from './read.ts';

const SIGNALS =
  'SIGHUP SIGINT SIGQUIT SIGABRT SIGUSR1 SIGUSR2 SIGALRM SIGTERM SIGCONT SIGWINCH SIGKILL SIGPWR SIGIO'.split(' ');

/** A signal's name; `TERM` becomes `SIGTERM`. */
export const stopSignal = () =>
  read(text('expected a signal such as SIGTERM'), (written): Reading<string> => {
    const upper = written.toUpperCase();
    const full = upper.startsWith('SIG') ? upper : `SIG${upper}`;
    if (SIGNALS.includes(full) || /^SIGRTMIN(\+([1-9]|1\d|2\d|30))?$/.test(full)) return { value: full };
    return { message: 'expected a signal such as SIGTERM', hint: didYouMean(full, SIGNALS) };
  });

const CAPABILITIES = new Set(
  `ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH
  FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
  NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE
  SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`.split(/\s+/),
);

/** A capability to take away, capabilities(7), without `CAP_`; or `ALL`. */
export const capability = () =>
  read(text('expected a capability such as NET_RAW, or ALL'), (written): Reading<string> => {
    const bare = written.toUpperCase().replace(/^CAP_/, '');
    if (CAPABILITIES.has(bare)) return { value: bare };
    return { message: 'expected a capability such as NET_RAW, or ALL', hint: didYouMean(bare, CAPABILITIES) };
  });

const KEEPABLE: readonly string[] = DROPPED_CAPABILITIES;
const KEEP_EXPECTED = `expected a capability that orca takes away by default: ${KEEPABLE.join(', ')}`;

/** A capability that stays, of those that are taken away unless it is asked for. */
export const keptCapability = () =>
  read(text(KEEP_EXPECTED), (written): Reading<string> => {
    const bare = written.toUpperCase().replace(/^CAP_/, '');
    return KEEPABLE.includes(bare) ? { value: bare } : { message: KEEP_EXPECTED };
  });

const USER = /^([a-z_][a-z0-9_-]{0,31}|\d{1,10})(:([a-z_][a-z0-9_-]{0,31}|\d{1,10}))?$/i;
const USER_FORM = USER.source.replaceAll('a-z', 'A-Za-z');
const USER_EXPECTED = 'expected a user such as app, 1000 or 1000:1000';

export const user = () =>
  read(
    shown(looseText(USER_EXPECTED), { pattern: USER_FORM }),
    (written): Reading<string> => (USER.test(written) ? { value: written } : { message: USER_EXPECTED }),
  );

const PATH_FORM = '^(?!(.*/)?\\.\\.(/|$))/';

export const containerPath = () =>
  read(shown(text('expected an absolute path'), { pattern: PATH_FORM }), parseContainerPath);

export function parseContainerPath(written: string): Reading<string> {
  const message = 'expected an absolute path in the container, such as /app';
  if (!written.startsWith('/') || written.split('/').includes('..')) return { message };
  return { value: written.replaceAll(/\/(\.?\/)+/g, '/').replace(/(.)\/$/, '$1') };
}

const HOSTS_EXPECTED = 'expected name:address, such as db.local:10.0.0.5';

/** A line of the container's /etc/hosts; the address may be `host-gateway`. */
export const extraHost = () =>
  read(text(HOSTS_EXPECTED, 300), (written): Reading<string> => {
    const [, name, rest] = /^([A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)[:=](.*)$/.exec(written) ?? [];
    const address = rest?.replace(/^\[(.*)\]$/, '$1');
    if (name === undefined || address === undefined) return { message: HOSTS_EXPECTED };
    return address === 'host-gateway' || isIp(address) ? { value: `${name}:${address}` } : { message: HOSTS_EXPECTED };
  });

const TMPFS_EXPECTED = 'expected a path and options, such as /run:size=64Mi,mode=1777';
const TMPFS_FLAGS = ['rw', 'ro', 'exec', 'noexec', 'nosuid', 'nodev'];

/** `/run` or `/run:size=64Mi,mode=1777`, as the pair Docker takes (`HostConfig.Tmpfs`), the size in bytes. */
export const tmpfsMount = () =>
  read(text(TMPFS_EXPECTED, 300), (written): Reading<readonly [path: string, options: string]> => {
    const [target = '', ...rest] = written.split(':');
    const path = parseContainerPath(target);
    if (!('value' in path) || path.value === '/' || rest.length > 1) return { message: TMPFS_EXPECTED };
    const options: string[] = [];
    for (const option of (rest[0] ?? '').split(',').filter((each) => each !== '')) {
      const reading = parseTmpfsOption(option);
      if (!('value' in reading)) return reading;
      options.push(reading.value);
    }
    return { value: [path.value, options.join(',')] };
  });

function parseTmpfsOption(option: string): Reading<string> {
  const [key = '', value = ''] = option.split('=');
  if (key === 'size') {
    const size = parseMemory(value);
    return 'value' in size ? { value: `size=${size.value}` } : size;
  }
  if (key === 'mode' && /^[0-7]{3,4}$/.test(value)) return { value: option };
  if ((key === 'uid' || key === 'gid') && /^\d{1,10}$/.test(value)) return { value: option };
  if (TMPFS_FLAGS.includes(option)) return { value: option };
  return { message: `expected an option of size, mode, uid, gid, ${TMPFS_FLAGS.join(', ')}` };
}

const LIMITS = 'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
  ' ',
);
const LIMIT_VALUE = 'expected a whole number, -1 for unlimited, or {soft, hard}';

/** A limit's name, setrlimit(2) in lower case. */
export const ulimitName = () =>
  shown(z.string(), { enum: LIMITS }).superRefine((written, context) => {
    if (LIMITS.includes(written)) return;
    context.addIssue({
      code: 'custom',
      message: 'expected a limit such as nofile, nproc or memlock',
      // Looked for where the issue is told: there may be a flood of them.
      params: {
        get hint() {
          return didYouMean(written, LIMITS);
        },
      },
    });
  });

export const ulimit = () => {
  const value = z.int(LIMIT_VALUE).min(-1, LIMIT_VALUE);
  const pair = z
    .strictObject({
      soft: value.describe('What the process starts with.'),
      hard: value.describe('How far it may raise it.'),
    })
    .refine(({ soft, hard }) => hard === -1 || (soft !== -1 && soft <= hard), 'expected soft to be at most hard');
  return z.union([value.transform((both) => ({ soft: both, hard: both })), pair], LIMIT_VALUE);
};
