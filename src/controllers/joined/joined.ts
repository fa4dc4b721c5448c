import { setTimeout as sleep } from 'node:timers/promises';
import { OrcaError } from '../../core/errors.ts';
import type { MachineSample } from '../../core/load/sample.ts';
import type { Node } from '../../core/model/node.ts';
import type { NodeAuthority } from '../../core/model/node-authority.ts';
import { isOfNewest, needsCertificate } from '../../core/nodes/renewal.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Log } from '../../telemetry/log.ts';
import type { NodePort, NodePortOptions } from '../../tunnel/node-port-options.ts';
import type { Wire } from '../../tunnel/wire.ts';
import type { Cluster } from '../cluster.ts';
import { createLoop } from '../loop.ts';
import { authoritiesInForce, dropOldAuthority } from './authorities.ts';
import { createChores } from './chores.ts';
import { createGate, type GateOptions } from './gate.ts';
import { createJoin, type JoinOptions } from './join.ts';
import { createMasterIdentity } from './master-identity.ts';
import { createNews } from './news.ts';
import { type OwnMachine, watchOwnMachine } from './own-machine.ts';
import { renew } from './renew.ts';
import { createRoster } from './roster.ts';
import { createSights, type NodeSight } from './sights.ts';
import { tryOut } from './try-out.ts';
import { watchRecords } from './watch-records.ts';

export interface JoinedOptions extends Omit<JoinOptions, 'isUp' | 'cluster'> {
  readonly cluster: Cluster;
  readonly listen: GateOptions['listen'];
  readonly createPort: (options: NodePortOptions) => NodePort;
  /** Docker of a node, by its id. Without it no node is tried out. */
  readonly engineOf?: ((id: string) => Pick<Engine, 'tryContainer'>) | undefined;
  /** What the master's own machine uses; undefined where its Docker is on another one. */
  readonly ownMachine?: (() => Promise<MachineSample | undefined>) | undefined;
  /** Told of all that joined, each time they were read. */
  readonly onNodes?: ((nodes: readonly Node[]) => void) | undefined;
  readonly version: string;
  /** Ms on a clock that is never set: `performance.now`, by which wires tell when they heard. */
  readonly steady?: (() => number) | undefined;
  readonly log: Log;
}

/** The nodes that joined. */
export interface JoinedNodes {
  sight(id: string): NodeSight;
  /** The master's own machine; undefined where nobody has looked at it. */
  ownMachine(): OwnMachine | undefined;
  /** When anything came from a node, ms on the clock of `steady`; undefined: nothing since this master started. */
  lastHeard(id: string): number | undefined;
  /** Undefined while the node port is closed. */
  wire(id: string): Wire | undefined;
  /** Where the node port listens; undefined while nobody is to come in by it. */
  port(): number | undefined;
  /** Whether the port is open, and shows a certificate of this CA. */
  shows(authority: string): boolean;
  /** Why nodes cannot connect, as a sentence. */
  problem(): string | undefined;
  /** Until the signal; the port is closed then, and nodes dial again until the next master answers. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_EVERY = 1_000;
const ASK_EVERY = 5_000;
const AGAIN_AFTER = 10_000;
const SWEEP_EVERY = 60_000;
/** A join line that is over is told of for so long, ms. */
const KEPT_OVER = 86_400_000;

/** Lets nodes join, sees how they are, and keeps their certificates young. */
export function createJoinedNodes(options: JoinedOptions): JoinedNodes {
  const { state, commit, clock, log, vault, steady = () => performance.now() } = options;
  const roster = createRoster(state, commit);
  const identity = createMasterIdentity({ vault, clock });
  const chores = createChores(steady, (key, err) => log.debug({ err, key }, 'something of a node is tried again'));
  const wire = (id: string): Wire | undefined => gate.open()?.wire(id);
  const ownMachine = watchOwnMachine({
    sample: async () => options.ownMachine?.(),
    steady,
    pause: (signal) => sleep(ASK_EVERY, undefined, { signal, ref: false }),
  });
  const sights = createSights({ wire, steady, wall: clock });
  const news = createNews(state, commit, clock, log);
  const isUp = (id: string): boolean => wire(id)?.isUp() ?? false;
  const join = createJoin({ ...options, cluster: options.cluster.id, isUp });
  const gate = createGate({
    listen: options.listen,
    log,
    createPort: () =>
      options.createPort({
        tls: () => {
          const tls = identity.tls();
          if (tls) return tls;
          throw new Error('there is no CA');
        },
        cluster: options.cluster.id,
        term: () => options.cluster.term,
        version: options.version,
        nameOf: (id) => roster.get(id)?.name,
        onJoin: async (request, remote) => {
          const reply = await join(request, remote);
          // The node dials at once: whether it is let in is decided without the store.
          await reread();
          return reply;
        },
        admit: roster.refusal,
        onUp: ({ id }) => {
          sights.lost(id, undefined);
          chores.soon(`${id} `);
          chores.start(`${id} settle`, 0, () => roster.settle(id));
          loop.notice(LOOP);
        },
        onDown: (id, why) => sights.lost(id, why),
        log,
      }),
  });

  let trouble: string | undefined;

  const careFor = (node: Node, inForce: readonly NodeAuthority[]) => {
    const own = wire(node.id);
    const authorities = inForce.map(({ id }) => id);
    const certificates = node.joined?.certificates ?? [];
    if (!own?.isUp()) return;
    chores.start(`${node.id} status`, ASK_EVERY, async () => {
      const status = await sights.ask(node.id);
      if (status?.checked !== false) return;
      const engine = options.engineOf?.(node.id);
      if (engine) chores.start(`${node.id} trial`, AGAIN_AFTER, () => tryOut(own, engine, { node, log }));
    });
    if (needsCertificate({ id: node.id, certificates }, { authorities, now: clock.now() }))
      chores.start(`${node.id} renew`, AGAIN_AFTER, async () => {
        await renew(options, own, node);
        chores.soon(`${node.id} renew`);
      });
  };

  const sweep = async () => {
    const { records } = await state.joinSecrets.listReadable();
    const over = records.filter(({ value }) => value.expiresAt + KEPT_OVER < clock.now()).slice(0, 100);
    if (over.length > 0)
      await commit(
        [],
        over.map(({ value }) => state.joinSecrets.remove(value)),
      );
  };

  /** Once every node has a certificate of the CA that signs, the one before vouches for nobody. */
  const endRotation = async (inForce: readonly NodeAuthority[]) => {
    const authorities = inForce.map(({ id }) => id);
    const isWaiting = ({ joined }: Node) => !isOfNewest(joined?.certificates ?? [], authorities);
    if (inForce.length < 2 || roster.all().some(isWaiting)) return;
    const reason = 'all nodes have certificates of the new CA: the old one is dropped';
    const event = state.event({ kind: 'node', at: clock.now(), name: 'ca', reason });
    if (await dropOldAuthority(state, [], event)) log.info(reason);
  };

  const reread = async () => {
    for (const id of await roster.reload()) {
      gate.open()?.cut(id, 'it was removed from the cluster');
      sights.forget(id);
      news.forget(id);
    }
    options.onNodes?.(roster.all());
  };

  /** @returns whether somebody may come in */
  const open = async (inForce: readonly NodeAuthority[]): Promise<boolean> => {
    const { records } = await state.joinSecrets.listReadable();
    const hasLine = records.some(({ value }) => value.expiresAt > clock.now());
    const isWanted = inForce.length > 0 && (hasLine || roster.all().length > 0);
    try {
      if (isWanted) await identity.refresh(inForce);
      trouble = undefined;
    } catch (error) {
      trouble = error instanceof OrcaError ? error.message : undefined;
      throw error;
    }
    await gate.want(isWanted);
    return isWanted;
  };

  const look = async (): Promise<number> => {
    await reread();
    const values = (await authoritiesInForce(state)).map(({ value }) => value);
    const isWanted = await open(values);
    for (const node of roster.all()) {
      careFor(node, values);
      await news.of(node, sights.of(node.id));
    }
    await endRotation(values);
    chores.start('sweep', SWEEP_EVERY, sweep);
    // A cluster of one machine has nothing to look at: what changes is told.
    return clock.now() + (isWanted ? LOOK_EVERY : SWEEP_EVERY);
  };

  const loop = createLoop({
    reconcile: look,
    clock,
    onError: (_, err, retryIn) => log.warn({ err, retryIn }, 'the nodes could not be looked at'),
  });

  return {
    sight: sights.of,
    ownMachine: ownMachine.seen,
    lastHeard: (id) => wire(id)?.lastHeard(),
    wire,
    port: gate.port,
    shows: (authority) => gate.open() !== undefined && identity.authority() === authority,
    problem: () => trouble ?? gate.problem(),
    async run(signal) {
      const changed = () => loop.notice(LOOP);
      changed();
      await Promise.all([
        loop.run(signal),
        ownMachine.run(signal),
        ...['nodes/', 'join-secrets/', 'node-authorities/'].map((prefix) =>
          watchRecords({ state, prefix, log, onChange: changed }, signal),
        ),
      ]);
      await gate.want(false);
      await chores.idle();
    },
  };
}

const LOOP = 'nodes';
