import { setTimeout as delay } from 'node:timers/promises';
import { ALPN } from '../core/nodes/wire.ts';
import { dial, explain } from './dial.ts';
import type { Dialer, DialerOptions } from './dialer-options.ts';
import { reconnectPause } from './reconnect-pause.ts';
import { serveMaster } from './serve-master.ts';
import { createTermGate } from './term-gate.ts';
import type { Way } from './wire.ts';

/** Without these a node is not up. */
const NEEDED: readonly Way[] = ['quick', 'patient'];
const PROTOCOLS: Readonly<Record<Way, string>> = {
  quick: ALPN.control,
  patient: ALPN.bulk,
  relayed: ALPN.requests,
};

/** The node's end: keeps its connections to the master, and serves it over them. */
export function createDialer(options: DialerOptions): Dialer {
  const { log, onChange = () => undefined } = options;
  const gate = createTermGate(options.terms);
  const stop = new AbortController();
  const greeted = new Set<Way>();
  const problems = new Map<Way, string>();
  let told = '';

  const isUp = (): boolean => NEEDED.every((way) => greeted.has(way));

  /** Whoever is told hears nothing twice. */
  function tell(): void {
    const up = isUp();
    const problem = up ? undefined : NEEDED.flatMap((way) => problems.get(way) ?? [])[0];
    const now = JSON.stringify([up, problem]);
    if (now === told) return;
    told = now;
    onChange({ up, problem });
    if (up) log.info({}, 'connected to the master');
    else if (problem !== undefined) log.warn({ problem }, 'not connected to the master');
  }

  /** One connection from its dial to its end. Gives why it is over, as a sentence, and whether the master had greeted. */
  async function connectOnce(way: Way): Promise<{ why: string; wasGreeted: boolean }> {
    const { host, port } = options.master();
    const at = `${host}:${port}`;
    const protocol = PROTOCOLS[way];
    let wasGreeted = false;
    const socket = await dial({ host, port, protocol, ...options.tls(), signal: stop.signal }).catch(
      (error: unknown) => {
        const { what, hint } = explain(error, port);
        return `the master at ${at} cannot be reached: ${what}; ${hint}`;
      },
    );
    if (typeof socket === 'string') return { why: socket, wasGreeted };
    const served = serveMaster(socket, { ...options, way, gate }, () => {
      wasGreeted = true;
      greeted.add(way);
      problems.delete(way);
      tell();
    });
    const onStop = () => served.end();
    stop.signal.addEventListener('abort', onStop, { once: true });
    if (stop.signal.aborted) onStop();
    const why = await served.ended;
    stop.signal.removeEventListener('abort', onStop);
    greeted.delete(way);
    return { why: `the master at ${at} does not serve this node: ${why}`, wasGreeted };
  }

  async function keep(way: Way): Promise<void> {
    for (let failures = 1; !stop.signal.aborted; failures += 1) {
      const { why, wasGreeted } = await connectOnce(way);
      if (stop.signal.aborted) return;
      problems.set(way, why);
      if (!NEEDED.includes(way)) log.debug({ why }, 'there is no connection for requests');
      tell();
      if (wasGreeted) failures = 1;
      await delay(reconnectPause(failures, Math.random()), undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const loops = [...NEEDED, 'relayed' as const].map(keep);
  return {
    isUp,
    close: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}
