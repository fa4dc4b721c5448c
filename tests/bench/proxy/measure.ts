import { createServer } from 'node:net';
import { cpuSeconds, memoryOf, treeOf } from '../process-usage.ts';
import type { Peer } from './peer.ts';
import { type Load, load } from './wrk.ts';

export interface Measured extends Load {
  /** Processor time of the proxy's processes for each request, microseconds. */
  readonly cpu: number;
  /** Bytes, after the run, all processes. */
  readonly rss: number;
  readonly pss: number;
}

/** Loads a proxy for so long. */
export async function measure(peer: Peer, seconds: number): Promise<Measured> {
  const pids = treeOf(peer.pid);
  const before = cpuSeconds(pids);
  const result = await load(peer.port, seconds);
  const cpu = ((cpuSeconds(pids) - before) / result.requests) * 1e6;
  return { ...result, cpu, ...memoryOf(pids) };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
