import { connect } from 'node:net';
import { join } from 'node:path';
import { createConnection, type DataPlaneHello } from './controllers/ingress/connection.ts';
import { CONTROL_SOCKET } from './core/route/protocol.ts';
import { type DataPlaneSettings, staleSettings } from './core/route/settings.ts';
import type { PlaneView } from './node/ingress/plane-view.ts';
import type { Log } from './telemetry/log.ts';

/** A machine's view of its data plane where the master is elsewhere: whether it is there, and how it was started. */
export interface PlaneKeeper extends PlaneView {
  /** Begins to connect, and goes on until closed. */
  start(): void;
  /** What the connected one was started with; undefined while there is none. */
  settings(): DataPlaneSettings | undefined;
  /** In what it differs from one that would be started now, in words. */
  stale(wanted: DataPlaneSettings): string | undefined;
  /** The port at which it takes requests of other nodes; undefined while there is none that does. */
  relayPort(): number | undefined;
  /** What it lacks of what keeps a worker that was taken over from more, in words. */
  lacks(): string | undefined;
  close(): void;
}

/** A list of locks is a stranger's: it is cut. */
const LONGEST = 200;

export function createPlaneKeeper({ dir, cluster, log }: { dir: string; cluster: string; log: Log }): PlaneKeeper {
  let hello: DataPlaneHello | undefined;
  let silent = false;
  let refusal: string | undefined;
  const live = (): DataPlaneHello | undefined => (silent ? undefined : hello);

  const connection = createConnection({
    cluster,
    term: 0,
    as: 'keeper',
    dial: () => connect(join(dir, CONTROL_SOCKET)),
    onHello(said) {
      hello = said;
      refusal = undefined;
      log.info({ pid: said.pid, version: said.version }, 'connected to the data plane');
    },
    onMessage: () => undefined,
    onRefused(reason) {
      if (refusal !== reason) log.error({ reason }, 'the data plane refuses this agent');
      refusal = reason;
    },
    onSilent() {
      silent = true;
      log.error({ pid: hello?.pid }, 'the data plane does not answer');
    },
    onAnswer() {
      silent = false;
      log.info('the data plane answers again');
    },
    onClosed() {
      if (hello) log.warn('the connection to the data plane is lost');
      hello = undefined;
      silent = false;
    },
  });

  return {
    start: () => connection.start(),
    connected: () => live() && { pid: live()?.pid ?? 0 },
    attached: () => (connection.isOpen() ? { pid: hello?.pid } : undefined),
    refused: () => (silent ? 'the data plane does not answer' : refusal),
    names: () => hello?.names,
    settings: () => live()?.settings,
    stale: (wanted) => live() && staleSettings(live()?.settings ?? {}, wanted),
    relayPort: () => live()?.relay?.port,
    lacks: () => live()?.lacks?.join(', ').slice(0, LONGEST) || undefined,
    stopDataPlane(grace) {
      if (live()) connection.stopDataPlane(grace);
      return live() !== undefined;
    },
    close: () => connection.close(),
  };
}
