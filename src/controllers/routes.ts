import { alikeAsText, createEach, createMakings } from '../core/makings.ts';
import { serviceKey } from '../core/model/service.ts';
import type { Names } from '../core/names/names.ts';
import type { ApiRoute } from '../core/route/api-route.ts';
import type { RoutedService } from '../core/route/build-table.ts';
import { type CommandCheck, commandChecks } from '../core/route/command-checks.ts';
import type { RelayNode } from '../core/route/peers.ts';
import { explainTooLarge, type TooLarge } from '../core/route/table-size.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import { createCommit } from './commit.ts';
import type { Tables } from './ingress/links.ts';
import { createNodeTables, isSameWhole, type Whole } from './node-tables.ts';
import { createNodeNames, type FarNames, type NodeNames } from './routing/node-names.ts';
import { createParts } from './routing/parts.ts';
import { createServiceReader } from './routing/read-services.ts';
import { createServiceAddresses } from './routing/service-addresses.ts';
import { createSizes } from './routing/sizes.ts';
import { type ReadRevision, rememberRevisions } from './services/revisions.ts';
import type { World } from './world.ts';

export interface Routes {
  /**
   * Builds the table anew from the store and the world, and publishes it if it differs. Returns when time alone may change
   * it, epoch ms.
   */
  refresh(): Promise<number | undefined>;
  /** The newest table is in use everywhere, and was made from the store as of this revision or later. */
  settled(storeRevision: number): boolean;
  /**
   * Why the newest table is not published, as a sentence; undefined if it is.
   * @param mayKnow a project whose services may be named
   */
  withheld(mayKnow: (project: string) => boolean): string | undefined;
}

export interface RoutesOptions {
  readonly state: State;
  readonly world: World;
  /** Id of the master's own machine. */
  readonly own: string;
  readonly readRevision?: ReadRevision | undefined;
  readonly cluster: string;
  readonly term: number;
  readonly clock: { now(): number };
  /** Ids of the nodes whose data planes are given a table. */
  readonly nodes: () => readonly string[];
  /** See `peersOf`. */
  readonly through?: ((node: string) => string | undefined) | undefined;
  readonly publish: (tables: Tables) => void;
  /** Told of the health commands that are to be run from now on. */
  readonly check?: ((checks: readonly CommandCheck[]) => void) | undefined;
  /** Every worker uses the table that was published last. */
  readonly inUse: () => boolean;
  /** The largest table that is published, bytes. */
  readonly limit?: number | undefined;
  /** Where the ingress leads to orca's own API. */
  readonly api?: (() => ApiRoute | undefined) | undefined;
  /** Told of records that are damaged, and of a table that is too large. */
  readonly log?: Pick<Log, 'error'> | undefined;
}

/** Keeps the data plane's table equal to what is wanted and observed. */
export function createRoutes(options: RoutesOptions): Routes {
  const { state, world, own, cluster, term, publish, inUse, limit, log } = options;
  const { readRevision = rememberRevisions(options.state) } = options;
  const readServices = createServiceReader({ state, world, readRevision, log });
  const partsOf = createParts();
  const nodeTables = createNodeTables(own, options.through);
  const addressesOf = createServiceAddresses({ state, commit: createCommit(state, term), log });
  const sizes = createSizes(limit);
  const checksOf = createEach<RoutedService, readonly CommandCheck[]>({
    subjectOf: ({ service }) => serviceKey(service.project, service.name),
    make: commandChecks,
  });
  const relaysMade = createMakings<readonly RelayNode[]>(alikeAsText);
  const byNode = new Map<string, NodeNames>();
  let revision = 0;
  let published: Whole | undefined;
  let madeFrom = -1;
  let over: TooLarge | undefined;

  const namesOf = async (services: readonly RoutedService[], far: FarNames | undefined) => {
    const names = new Map<string, Names | undefined>();
    const waking: number[] = [];
    const nodes = options.nodes();
    for (const node of byNode.keys()) if (!nodes.includes(node)) byNode.delete(node);
    for (const node of nodes) {
      const namesOn = byNode.get(node) ?? createNodeNames(options, node);
      byNode.set(node, namesOn);
      const built = await namesOn(services, far);
      names.set(node, built.names);
      if (built.wakeAt !== undefined) waking.push(built.wakeAt);
    }
    return { names, wakeAt: waking.length > 0 ? Math.min(...waking) : undefined };
  };

  /** Told once for each service that is the cause. */
  const withhold = (found: TooLarge | undefined): boolean => {
    if (found && found.service !== over?.service) {
      log?.error(
        { ...found },
        explainTooLarge(found, () => true),
      );
    }
    over = found;
    return found !== undefined;
  };

  /** The same list while it says the same. */
  const readRelays = async () => {
    const nodes = (await state.nodes.listReadable()).records.map(({ value }) => value);
    return relaysMade.make('all', nodes, () =>
      nodes.filter(({ relay }) => relay).map(({ id, relay, ingress }) => ({ id, relay, ingress })),
    );
  };

  const refresh = async () => {
    if (!world.nodes().some((node) => world.containers(node) !== undefined)) return undefined;
    const asOf = await currentRevision(state);
    const services = await readServices();
    options.check?.(checksOf(services).flat());
    const relays = await readRelays();
    // One machine that is a cluster of its own has nowhere else to lead to.
    const far = relays.length > 1 ? { relays, addresses: await addressesOf(services) } : undefined;
    const { names, wakeAt } = await namesOf(services, far);
    const whole: Whole = { parts: partsOf(services), names, api: options.api?.(), relays };
    if (!published || !isSameWhole(published, whole)) {
      if (withhold(sizes.tooLarge(whole))) return undefined;
      revision += 1;
      published = whole;
      publish(nodeTables({ cluster, term, revision }, whole));
    }
    withhold(undefined);
    madeFrom = asOf;
    return wakeAt;
  };

  return {
    refresh,
    settled: (storeRevision) => madeFrom >= storeRevision && inUse(),
    withheld: (mayKnow) => over && explainTooLarge(over, mayKnow),
  };
}

/** By a read: a store that cannot be written now can still be routed by. */
async function currentRevision({ store, services }: State): Promise<number> {
  return (await store.range({ prefix: `${services.prefix}/`, limit: 1 })).revision;
}
