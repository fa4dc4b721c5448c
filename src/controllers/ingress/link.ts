import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ObservedHealth } from '../../core/rollout/observed.ts';
import type { CertificateSet } from '../../core/route/certificates.ts';
import {
  type CertificatesInUse,
  CONTROL_SOCKET,
  type TargetStats,
  type WorkerStatus,
} from '../../core/route/protocol.ts';
import { createPublished } from '../../core/route/published.ts';
import { type DataPlaneSettings, staleSettings } from '../../core/route/settings.ts';
import type { Pool, Table } from '../../core/route/table.ts';
import type { SeriesTraffic } from '../../core/traffic/messages.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Routing } from '../world.ts';
import {
  type Connection,
  createConnection,
  type DataPlaneHello,
  type Dial,
  type Pauses,
  type RelayReport,
} from './connection.ts';
import { certificatesAtFirst, lacksOf, unknownSplits } from './hello-words.ts';
import { byTask, createArrivals, differing } from './told-tasks.ts';

/** The master's view of its data plane: what it was told, and what it says. */
export interface IngressLink {
  /** Begins to connect, and goes on until closed. */
  start(): void;
  /**
   * The newest table; a later one replaces it. Its id must be later than the last one's.
   *
   * @param listed tasks that this table, or those that others are given with it, route to or name; those in this one by default
   */
  publish(table: Table, listed?: ReadonlySet<string>): void;
  /** Undefined while there is no connection that was greeted, or the data plane does not answer. Epoch ms. */
  connected(): { readonly since: number; readonly pid: number; readonly version: string } | undefined;
  /** Since when there is none, at the earliest since the link began; undefined while there is one. Epoch ms. */
  lostSince(): number | undefined;
  /** Why the data plane does not listen to this master, in its words; or that it does not answer. */
  refused(): string | undefined;
  /** A process holds the control socket, though it may not have answered; its number once it has said it. */
  attached(): { readonly pid: number | undefined } | undefined;
  /** What the connected data plane was started with and this server would not, in words. */
  stale(): string | undefined;
  /** What the connected data plane lacks of what keeps a worker that was taken over from more, in words. */
  lacks(): string | undefined;
  /** By what the connected data plane cannot divide requests, though the newest table says so, in words. */
  cannotSplit(): string | undefined;
  /** What the data plane runs with, as last told; of what none told, what this server would start one with. */
  inForce(): DataPlaneSettings;
  /** TCP ports that the data plane listens on, as last told. */
  ports(): readonly number[];
  /** The one of them that HTTPS is served on, as last told; undefined where none is. */
  https(): number | undefined;
  /** The address at which the data plane answers for names, as last told. */
  names(): string | undefined;
  /** For requests from node to node, of the connected data plane; `certify` is another one for each connection. Undefined: it takes part in none. */
  relay(): LinkedRelay | undefined;
  /** What TLS is served with, and what CAs are answered; sent again on each connection. */
  useCertificates(set: CertificateSet): void;
  /** As last told by the connected data plane. Undefined while there is none, or it is from before certificates. */
  certificates(): CertificatesInUse | undefined;
  /** A data plane has said hello since this master began. */
  greeted(): boolean;
  /** Every worker knows who asks from this address. */
  knows(asker: string): boolean;
  /** Undefined while not connected. */
  workers(): readonly WorkerStatus[] | undefined;
  /** As last told, also by a data plane that is away now. */
  health(task: string): ObservedHealth | undefined;
  stats(task: string): TargetStats | undefined;
  routing(task: string): Routing;
  /** Every worker uses the table that was published last. */
  settled(): boolean;
  /** It was settled at some time since it connected, or answers again. False while it is not connected. */
  caughtUp(): boolean;
  /**
   * Called with the tasks whose state may have changed, or with 'all'. Returns what ends the calls.
   *
   * @param callback its `what` tells whether it is only counts that changed
   */
  onChange(callback: OnChange): () => void;
  /** Asks the data plane to finish within `grace` ms and end. False if there is no connection. */
  stopDataPlane(grace: number): boolean;
  close(): void;
}

export interface LinkedRelay {
  readonly port: number;
  /** The one it wants a certificate for: SPKI, PEM. */
  readonly key: string;
  /** As last told: of one that is away nothing. */
  readonly report: RelayReport | undefined;
  /** Gives it a certificate, and the CAs in force. PEM. */
  certify(certificate: string, ca: readonly string[]): void;
}

type OnChange = (tasks: readonly string[] | 'all', what: 'counts' | 'state') => void;

/** Where a data plane is: on this machine, by DIR, with the control socket in `ingress` below it; or wherever `dial` leads to. */
type Whereabouts =
  | { readonly dir: string; readonly dial?: Dial | undefined }
  | { readonly dir?: undefined; readonly dial: Dial };

export type IngressLinkOptions = Whereabouts & {
  readonly cluster: string;
  readonly term: number;
  /** What this server would start a data plane with. */
  readonly settings?: DataPlaneSettings | undefined;
  /** See ConnectionOptions. */
  readonly pauses?: Pauses | undefined;
  readonly lookEvery?: number | undefined;
  readonly steady?: (() => number) | undefined;
  /** @param life of the data plane that tells: what another one counted is not in it */
  readonly onTraffic?: ((life: string, revisions: readonly SeriesTraffic[]) => void) | undefined;
  readonly log: Log;
  readonly clock: { now(): number };
};

export const STALE = 'the data plane goes on with the settings it was started with';
export const STALE_HINT = 'to change them stop both with `orca server --stop --all`, then start the server again';

interface Session {
  readonly since: number;
  readonly hello: DataPlaneHello;
  readonly stale: string | undefined;
  readonly workers: readonly WorkerStatus[] | undefined;
  readonly relay: LinkedRelay | undefined;
  readonly caughtUp: boolean;
  readonly certificates: CertificatesInUse | undefined;
}

const SILENT_HINT =
  'its workers serve on with the table they have; to end it, and what they have in flight, kill its process: the server starts another';

export function createIngressLink(options: IngressLinkOptions): IngressLink {
  const { dir, cluster, term, settings = {}, onTraffic = () => {}, log, clock } = options;
  // What one on another machine has kept nobody knows from here.
  const published = createPublished(dir === undefined || existsSync(join(dir, 'ingress', 'table.json')));
  const callbacks = new Set<OnChange>();
  let health: ReadonlyMap<string, ObservedHealth> = new Map();
  let stats: ReadonlyMap<string, TargetStats> = new Map();
  const arrived = createArrivals();
  let session: Session | undefined;
  let inForce = settings;
  let listening: Pick<DataPlaneHello, 'ports' | 'https' | 'names'> = {};
  let pools: readonly Pool[] = [];
  let greeted = false;
  let lostSince: number | undefined = clock.now();
  let refusal: string | undefined;
  let silence: string | undefined;
  let warned: string | undefined;

  const tell = (tasks: readonly string[] | 'all', what: 'counts' | 'state' = 'state'): void => {
    if (tasks.length > 0) for (const callback of callbacks) callback(tasks, what);
  };

  const relayOf = ({ relay }: DataPlaneHello): LinkedRelay | undefined =>
    relay && { ...relay, report: undefined, certify: (certificate, ca) => connection.certify(certificate, ca) };

  const live = (): Session | undefined => (silence === undefined ? session : undefined);

  const lose = (): void => {
    lostSince ??= clock.now();
    tell('all');
  };

  /** Once, not at each connection: it stays so as long as that data plane runs. */
  const tellStale = (stale: string | undefined): void => {
    warned = stale;
    if (stale !== undefined) log.warn({ settings: stale, hint: STALE_HINT }, STALE);
  };

  const connection: Connection = createConnection({
    cluster,
    term,
    lookEvery: options.lookEvery,
    dial: dialOf(options),
    pauses: options.pauses,
    steady: options.steady,
    onHello(hello) {
      const stale = staleSettings(hello.settings ?? {}, settings);
      const [relay, certificates] = [relayOf(hello), certificatesAtFirst(hello)];
      session = { since: clock.now(), hello, stale, workers: undefined, relay, caughtUp: false, certificates };
      inForce = { ...settings, ...hello.settings };
      listening = hello;
      greeted = true;
      lostSince = undefined;
      refusal = undefined;
      log.info({ pid: hello.pid, version: hello.version }, 'connected to the data plane');
      if (stale !== warned) tellStale(stale);
      tell('all');
    },
    onMessage(message) {
      if (!session) return;
      if (message.type === 'workers') {
        const { workers } = message;
        session = { ...session, workers, caughtUp: session.caughtUp || published.settled(workers) };
        published.inUse(workers, clock.now());
        tell('all');
      } else if (message.type === 'health') {
        const before = health;
        const now = clock.now();
        health = arrived(message.targets, before, message.at, now);
        tell(differing(before, health));
      } else if (message.type === 'stats') {
        const before = stats;
        stats = byTask(message.targets);
        tell(differing(before, stats), 'counts');
      } else if (message.type === 'relay') {
        session = { ...session, relay: session.relay && { ...session.relay, report: message } };
        tell('all', 'counts');
      } else if (message.type === 'certificates') {
        session = { ...session, certificates: { id: message.id, problems: message.problems } };
        tell('all');
      } else {
        const { pid, startedAt } = session.hello;
        onTraffic(`${pid}/${startedAt}`, message.revisions);
      }
    },
    onRefused(reason) {
      if (refusal !== reason) log.error({ reason }, 'the data plane refuses this master');
      refusal = reason;
    },
    onSilent() {
      silence = `the data plane${session ? ` (pid ${session.hello.pid})` : ''} does not answer`;
      log.error({ reason: silence, hint: SILENT_HINT }, 'not connected to the data plane');
      lose();
    },
    onAnswer() {
      silence = undefined;
      log.info('the data plane answers again');
      if (!session) return;
      session = { ...session, since: clock.now(), caughtUp: published.settled(session.workers) };
      lostSince = undefined;
      tell('all');
    },
    onClosed() {
      silence = undefined;
      if (!session) return;
      session = undefined;
      log.warn('the connection to the data plane is lost');
      lose();
    },
  });

  return {
    start: () => connection.start(),
    publish(table, listed) {
      const neverSent = connection.publish(table);
      if (neverSent) published.forget(neverSent.id);
      published.add(table, listed);
      pools = table.pools;
      tell('all');
    },
    connected() {
      const now = live();
      return now && { since: now.since, pid: now.hello.pid, version: now.hello.version };
    },
    lostSince: () => lostSince,
    refused: () => silence ?? refusal,
    attached: () => (connection.isOpen() ? { pid: session?.hello.pid } : undefined),
    stale: () => live()?.stale,
    lacks: () => lacksOf(live()?.hello),
    cannotSplit: () => unknownSplits(live()?.hello, pools),
    inForce: () => inForce,
    ports: () => listening.ports ?? [],
    https: () => listening.https,
    names: () => listening.names,
    relay: () => live()?.relay,
    useCertificates: (set) => connection.useCertificates(set),
    certificates: () => live()?.certificates,
    greeted: () => greeted,
    knows: (asker) => published.knows(asker, live()?.workers),
    workers: () => live()?.workers,
    health: (task) => health.get(task),
    stats: (task) => stats.get(task),
    routing: (task) => published.routing(task, live()?.workers),
    settled: () => published.settled(live()?.workers),
    caughtUp: () => live()?.caughtUp === true,
    onChange(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    stopDataPlane(grace) {
      if (live()) connection.stopDataPlane(grace);
      return live() !== undefined;
    },
    close: () => connection.close(),
  };
}

const dialOf = (where: Whereabouts): Dial =>
  where.dir === undefined ? where.dial : (where.dial ?? (() => connect(join(where.dir, CONTROL_SOCKET))));
