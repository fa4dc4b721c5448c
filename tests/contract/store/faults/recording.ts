import { readFile } from 'node:fs/promises';
import { strike } from './struck.ts';

/** What a process did to the files of its folder, and what it told, in the order in which it was done. */
export type Call =
  | { readonly kind: 'create' | 'remove'; readonly path: string }
  | { readonly kind: 'link' | 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'sync'; readonly path: string; readonly failed: boolean }
  | { readonly kind: 'acknowledged'; readonly number: number };

interface Recorded {
  readonly path: string;
  readonly count: number;
  /** Done to the writer's system calls, as in `strike`. */
  readonly fault?: string;
}

const TRACED = 'openat,pwrite64,write,ftruncate,fsync,unlink,link,rename';

/** Runs the writer of the fault tests and reads its system calls from strace(1). */
export async function record({ path, count, fault = NO_FAULT }: Recorded): Promise<readonly Call[]> {
  const log = `${path}.trace`;
  await strike(path, count, fault, { log, calls: TRACED, options: ['-y', '-xx', '-s', '65536'] });
  return read(await readFile(log, 'latin1')).filter(
    (call) => call.kind === 'acknowledged' || call.path.startsWith(path) || path.startsWith(`${call.path}/`),
  );
}

/** A call that is never made a millionth time. */
const NO_FAULT = 'fsync:error=EIO:when=65535';

/** Of a call that another thread interrupts strace writes two lines; it counts when it is done, but what is told when it begins. */
function read(log: string): readonly Call[] {
  const begun = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of log.split('\n')) {
    const [thread = '', ...rest] = line.split(/ +/);
    const text = rest.join(' ');
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const whole = resumed ? `${begun.get(thread)}${resumed[1]}` : text;
    const unfinished = / ?<unfinished \.\.\.>$/;
    if (unfinished.test(whole)) begun.set(thread, whole.replace(unfinished, ''));
    const call = told(text) ?? done(whole);
    if (call) calls.push(call);
  }
  return calls;
}

function told(text: string): Call | undefined {
  const data = /^write\(1<[^>]*>, "([^"]*)"/.exec(text)?.[1];
  const number = data === undefined ? undefined : /^ok (\d+)\n$/.exec(bytes(data).toString())?.[1];
  return number === undefined ? undefined : { kind: 'acknowledged', number: Number(number) };
}

const PATTERNS: readonly (readonly [RegExp, (...found: readonly string[]) => Call])[] = [
  [
    /^pwrite64\(\d+<(\S+)>, "(\S*)", \d+, (\d+)\) = (\d+)/,
    (path, data, at, size) => ({
      kind: 'write',
      path: name(path),
      at: Number(at),
      data: bytes(data).subarray(0, Number(size)),
    }),
  ],
  [/^fsync\(\d+<(\S+)>\) = (\S+)/, (path, code) => ({ kind: 'sync', path: name(path), failed: code !== '0' })],
  [/^ftruncate\(\d+<(\S+)>, (\d+)\) = 0/, (path, size) => ({ kind: 'truncate', path: name(path), size: Number(size) })],
  [/^openat\([^"]*"(\S+)", \S*O_CREAT\S*, \d+\) = \d/, (path) => ({ kind: 'create', path: name(path) })],
  [/^unlink\("(\S+)"\) = 0/, (path) => ({ kind: 'remove', path: name(path) })],
  [/^link\("(\S+)", "(\S+)"\) = 0/, (path, to) => ({ kind: 'link', path: name(path), to: name(to) })],
  [/^rename\("(\S+)", "(\S+)"\) = 0/, (path, to) => ({ kind: 'rename', path: name(path), to: name(to) })],
];

function done(text: string): Call | undefined {
  for (const [pattern, make] of PATTERNS) {
    const found = pattern.exec(text);
    if (found) return make(...found.slice(1));
  }
  return undefined;
}

/** strace -xx writes each byte as `\x2f`. */
const bytes = (text = ''): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');
const name = (text = ''): string => bytes(text).toString();
