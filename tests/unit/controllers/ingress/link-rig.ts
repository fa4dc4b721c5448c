import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createIngressLink } from '../../../../src/controllers/ingress/link.ts';
import { planeTime } from '../../../../src/core/clock.ts';
import { createLineSplitter } from '../../../../src/core/route/lines.ts';
import type { FromDataPlane, ToDataPlane } from '../../../../src/core/route/protocol.ts';
import type { Table } from '../../../../src/core/route/table.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';

export const nothing = (): void => {};
export const hello: Extract<FromDataPlane, { type: 'hello' }> = {
  type: 'hello',
  protocol: 2,
  version: '1',
  pid: 7,
  startedAt: planeTime(1),
};
export const table = (revision: number): Table => ({
  id: { cluster: 'c', term: 3, revision },
  pools: [],
  routes: [],
  targets: [],
});
export const counters = (task: string, requests: number) => ({
  task,
  inflight: 0,
  streams: 0,
  requests,
  errors: 0,
  failed: 0,
});

/** ms. Long enough that this process itself does not seem silent on a busy machine. */
export const LOOK_EVERY = 200;

/** A control socket whose answers the test writes, and a link to it. */
export async function setUp(t: TestContext, lookEvery?: number) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-link-'));
  mkdirSync(join(dir, 'ingress'));
  const got: ToDataPlane[] = [];
  const logged: string[] = [];
  const log = createLogger({ level: 'warn', destination: { write: (line) => logged.push(line) } });
  const sockets: Socket[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  const server = createServer((socket) => {
    const splitter = createLineSplitter(1 << 20);
    sockets.push(socket);
    socket.on('error', nothing);
    socket.on('data', (chunk) => {
      for (const line of splitter.push(chunk) as readonly string[]) got.push(JSON.parse(line) as ToDataPlane);
      wake();
    });
    wake();
  });
  await new Promise<void>((resolve) => server.listen(join(dir, 'ingress', 'control.sock'), resolve));
  const settings = { http: '[::]:80', access_log: 'off' };
  const link = createIngressLink({ dir, cluster: 'c', term: 3, settings, lookEvery, log, clock: { now: Date.now } });
  const changes: (readonly string[] | 'all')[] = [];
  link.onChange((tasks) => {
    changes.push(tasks);
    wake();
  });
  t.after(() => {
    link.close();
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const until = (holds: () => unknown): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return {
    link,
    got,
    sockets,
    changes,
    logged,
    until,
    say: (...messages: readonly (FromDataPlane | string)[]) =>
      sockets.at(-1)?.write(messages.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('')),
  };
}
