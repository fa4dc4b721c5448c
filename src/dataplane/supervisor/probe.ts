import { request } from 'node:http';
import { connect } from 'node:net';
import type { ProbeResult } from '../../core/route/readiness.ts';
import type { Target } from '../../core/route/table.ts';

const SHOWN_BODY = 200;

interface Place {
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** Probes a target once, over a connection of its own. Never rejects; ends within the probe's timeout, or as a miss when aborted. */
export function probeTarget({ address, probe }: Target, signal?: AbortSignal): Promise<ProbeResult> {
  const place: Place = { host: address, port: probe.port, timeout: probe.timeout, signal };
  return probe.path === undefined ? tryConnect(place) : tryGet(place, probe.path, probe.host);
}

function tryConnect({ host, port, timeout, signal }: Place): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (result: ProbeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(silent(host, port, timeout)), timeout);
    socket.once('connect', () => end({ kind: 'pass' }));
    socket.on('error', (error) => end(unreachable(error, host, port)));
  });
}

/** As the ingress would say them: an app may answer to its own names only, or send plain HTTP elsewhere. It serves plain HTTP. */
const headersFor = (named: string | undefined): Readonly<Record<string, string>> => ({
  ...(named === undefined ? {} : { host: named, 'x-forwarded-proto': 'http' }),
  'user-agent': 'orca-probe',
});

function tryGet({ host, port, timeout, signal }: Place, path: string, named: string | undefined): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const asking = request({ host, port, path, signal, agent: false, headers: headersFor(named) });
    const end = (result: ProbeResult): void => {
      clearTimeout(timer);
      asking.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(silent(host, port, timeout, path)), timeout);
    asking.on('error', (error) => end(unreachable(error, host, port)));
    asking.once('response', (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 400) return end({ kind: 'pass' });
      const answered = `GET ${path} answered ${status}`;
      let body = '';
      const told = (): void => end({ kind: 'miss', error: body === '' ? answered : `${answered}: ${printable(body)}` });
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text.slice(0, SHOWN_BODY - body.length);
        if (body.length >= SHOWN_BODY) told();
      });
      response.once('close', told);
    });
    asking.end();
  });
}

const silent = (host: string, port: number, timeout: number, path?: string): ProbeResult => ({
  kind: 'miss',
  error: `${path === undefined ? 'no connection' : `no answer to GET ${path}`} from ${host}:${port} within ${timeout} ms`,
});

function unreachable(error: NodeJS.ErrnoException, host: string, port: number): ProbeResult {
  const place = `${host}:${port}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return { kind: 'miss', error: `connection refused on ${place}` };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { kind: 'miss', error: `no way to ${place}` };
    case 'ECONNRESET':
      return { kind: 'miss', error: `connection reset by ${place}` };
    default:
      return { kind: 'miss', error: `no HTTP answer from ${place}: ${error.code ?? error.message}` };
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const printable = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').trim();
