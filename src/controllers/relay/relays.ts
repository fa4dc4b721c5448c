import { LOCAL_NODE, type Node, type NodeRelay } from '../../core/model/node.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Commit } from '../commit.ts';
import type { LinkedRelay } from '../ingress/link.ts';
import type { Links } from '../ingress/links.ts';
import { authoritiesInForce } from '../joined/authorities.ts';
import { createLoop } from '../loop.ts';
import { createRelayCertificates } from './certificates.ts';

export interface RelaysOptions {
  readonly state: State;
  readonly commit: Commit;
  readonly links: Pick<Links, 'of' | 'onChange'>;
  readonly vault: Pick<Vault, 'open'>;
  /** Of a node that joined, towards the master, as it told last. */
  readonly addressOf: (node: string) => string | undefined;
  /** From which address of this machine another one is reached. */
  readonly ownAddressTowards: (address: string) => Promise<string | undefined>;
  /** Epoch ms, of this machine as it is: certificates go by it. */
  readonly wall: { now(): number };
  readonly clock: { now(): number };
  readonly log: Log;
}

/** Sees to it that data planes can send each other requests: each has a certificate, and where it listens is written down. */
export interface Relays {
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_EVERY = 2_000;
const ALONE_EVERY = 60_000;

export function createRelays(options: RelaysOptions): Relays {
  const { state, links, log, clock } = options;
  const certificates = createRelayCertificates({ vault: options.vault, clock: options.wall });

  const look = async (): Promise<number> => {
    const { records } = await state.nodes.listReadable();
    const isAlone = !records.some(({ value }) => value.joined);
    if (isAlone) return clock.now() + ALONE_EVERY;
    const inForce = (await authoritiesInForce(state)).map(({ value }) => value);
    await certificates.refresh(relaysOf(records), inForce);
    const own = records.find(({ value }) => value.id === LOCAL_NODE)?.value.address;
    for (const record of records) await note(record, own);
    return clock.now() + LOOK_EVERY;
  };

  const relaysOf = (records: readonly Stored<Node>[]): ReadonlyMap<string, LinkedRelay> =>
    new Map(
      records.flatMap(({ value: { id } }) => {
        const relay = links.of(id)?.relay();
        return relay ? [[id, relay] as const] : [];
      }),
    );

  /**
   * While a data plane is away, or its node, what was known of it stays: whoever sends there finds out.
   * @param own the address that somebody has given the master's machine
   */
  const note = async (record: Stored<Node>, own: string | undefined): Promise<void> => {
    const { value: node } = record;
    if (!links.of(node.id)?.connected()) return;
    const port = links.of(node.id)?.relay()?.port;
    const relay = port === undefined ? undefined : await relayAt(node, port, own);
    if (JSON.stringify(relay) === JSON.stringify(node.relay)) return;
    await options.commit([unchanged(record)], [state.nodes.put({ ...node, relay })]);
    log.info({ node: node.name, relay }, 'where a node takes requests of others has changed');
  };

  const relayAt = async (node: Node, port: number, own: string | undefined): Promise<NodeRelay> => {
    if (node.id === LOCAL_NODE) return { port };
    // An agent that does not know its address tells an empty one.
    const address = node.address || options.addressOf(node.id) || node.relay?.address;
    if (address === undefined) return { port };
    const master = own ?? (await options.ownAddressTowards(address));
    return { port, address, ...(master !== undefined && { master }) };
  };

  const loop = createLoop({
    reconcile: look,
    clock,
    onError: (_, err, retryIn) => log.warn({ err, retryIn }, 'requests from node to node could not be provided for'),
  });

  return {
    async run(signal) {
      loop.notice(LOOP);
      const unlisten = links.onChange((tasks) => tasks === 'all' && loop.notice(LOOP));
      await loop.run(signal);
      unlisten();
    },
  };
}

const LOOP = 'relays';
