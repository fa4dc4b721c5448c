import { run } from '../../lab/command.ts';
import { OTHER_CORE, pinned } from './cores.ts';
import { HOST } from './peer.ts';

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** ms */
  readonly p99: number;
  /** Requests without an answer of 2xx or 3xx. */
  readonly failed: number;
}

export const CONNECTIONS = 64;

/** wrk with 64 kept connections on the core that the proxy does not have. */
export async function load(port: number, seconds: number): Promise<Load> {
  const options = ['--threads', '1', '--connections', String(CONNECTIONS), '--duration', `${seconds}s`, '--latency'];
  const text = await run(
    pinned(OTHER_CORE, ['wrk', ...options, '--header', `Host: ${HOST}`, `http://127.0.0.1:${port}/`]),
  );
  return {
    requests: number(/(\d+) requests in/, text),
    perSecond: number(/Requests\/sec: +([\d.]+)/, text),
    p99: duration(/ 99% +(\S+)/.exec(text)?.[1] ?? ''),
    failed: failures(text),
  };
}

function number(pattern: RegExp, text: string): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`wrk said: ${text}`);
  return Number(found);
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };
const duration = (text: string): number => Number.parseFloat(text) * (UNITS[text.replace(/[\d.]+/, '')] ?? Number.NaN);

function failures(text: string): number {
  const errors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1).map(Number) ?? [];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  return errors.reduce((sum, count) => sum + count, refused);
}
