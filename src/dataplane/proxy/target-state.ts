import type { TargetHealth, TargetStats } from '../../core/route/protocol.ts';
import type { Target } from '../../core/route/table.ts';
import type { Destination } from './destination.ts';
import type { Tally } from './tally.ts';
import type { ConnectionOwner, Opened, TargetConnection } from './target-connection.ts';
import { TargetContention } from './target-contention.ts';
import { TargetSocket } from './target-socket.ts';

/** What this worker knows of one target. Kept while the table has it, or something is in flight to it. */
export class TargetState implements Destination, ConnectionOwner {
  target: Target;
  /** Of its revision. */
  tally: Tally;
  /** It is in a route, was found ready, and has not failed here since: it takes new requests. */
  serving = false;
  readonly weight = 1;
  inflight = 0;
  streams = 0;
  requests = 0;
  errors = 0;
  failed = 0;
  /** Goes up when the task restarts; connections of an older one are not kept. */
  generation = 0;
  /** Of its present start. */
  contention = new TargetContention();
  /** Said by the supervisor: it answers on one connection at a time, so none is kept. */
  serial = false;
  /** Not in the newest table any more. */
  retired = false;
  /** Kept connections, the one used last at the end. */
  readonly idle: TargetConnection[] = [];
  #routed = false;
  #ready = false;
  #down = false;

  constructor(target: Target, tally: Tally) {
    this.target = target;
    this.tally = tally;
  }

  get task(): string {
    return this.target.task;
  }

  get owner(): this {
    return this;
  }

  get routed(): boolean {
    return this.#routed;
  }

  get busy(): boolean {
    return this.inflight > 0 || this.streams > 0;
  }

  /** Takes over what the newest table says. A restarted task has to be found ready again. */
  update(target: Target, routed: boolean): void {
    if (!isSame(this.target, target)) this.#restart();
    this.target = target;
    this.retired = false;
    this.setRouted(routed);
  }

  setRouted(routed: boolean): void {
    this.#routed = routed;
    if (!routed) this.dropIdle();
    this.#settle();
  }

  retire(): void {
    this.retired = true;
    this.setRouted(false);
  }

  /** A report of another container, or of a start before the last, says nothing. */
  report(health: TargetHealth): void {
    if (health.container !== this.target.container || health.startedAt !== this.target.startedAt) return;
    this.#ready = health.ready;
    this.#down = false;
    if (!health.ready) this.dropIdle();
    this.#settle();
  }

  hasOtherWay(): boolean {
    return false;
  }

  takeOut(): void {
    this.#down = true;
    this.dropIdle();
    this.#settle();
  }

  open(): Opened {
    const { address, port } = this.target;
    const socket = new TargetSocket({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
    socket.connect({ host: address, port });
    return { socket, greeting: '' };
  }

  setSerial(serial: boolean): void {
    this.serial = serial;
    if (serial && !this.contention.concurrent) this.dropIdle();
  }

  /** @param unused only those that have been kept for so long, ms; by the real clock, as a stall of this process ages them too */
  dropIdle(unused = 0): void {
    const since = performance.now() - unused;
    const young = this.idle.findIndex(({ idleSince }) => idleSince > since);
    for (const connection of this.idle.splice(0, young < 0 ? this.idle.length : young)) connection.destroy();
  }

  /** @param status that the client of the failed request is answered */
  blame(status: number): void {
    this.failed += 1;
    this.tally.failed(status);
  }

  stats(): TargetStats {
    const { inflight, streams, requests, errors, failed } = this;
    return { task: this.target.task, inflight, streams, requests, errors, failed };
  }

  #restart(): void {
    this.generation += 1;
    this.contention = new TargetContention();
    this.#ready = false;
    this.#down = false;
    this.dropIdle();
  }

  #settle(): void {
    this.serving = this.#routed && this.#ready && !this.#down;
  }
}

const isSame = (a: Target, b: Target): boolean =>
  a.container === b.container && a.startedAt === b.startedAt && a.address === b.address && a.port === b.port;
