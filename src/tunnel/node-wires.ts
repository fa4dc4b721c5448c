import type { TLSSocket } from 'node:tls';
import { greet, type Link, openLink } from './link.ts';
import type { NodePortOptions } from './node-port-options.ts';
import { createNodeWire, type NodeWire } from './node-wire.ts';
import type { Way, Wire } from './wire.ts';

/** The wires of all nodes, and the connections under them. */
export interface NodeWires {
  of(id: string): Wire;
  /** A connection of a node that was let in: it is greeted, and carries the wire from then on. */
  take(id: string, way: Way, socket: TLSSocket, remote: string): void;
  cut(id: string, why: string): void;
  close(): void;
}

type Options = Pick<NodePortOptions, 'cluster' | 'term' | 'version' | 'nameOf' | 'onUp' | 'onDown' | 'log'>;

export function createNodeWires({ cluster, term, version, nameOf, onUp, onDown, log }: Options): NodeWires {
  const wires = new Map<string, NodeWire>();
  /** Being greeted, too. */
  const links = new Map<Link, string>();
  /** Connections in the order they came: of two of one node, the later one counts, whichever answers first. */
  const order = new WeakMap<Link, number>();
  let count = 0;

  const wireOf = (id: string): NodeWire => {
    const wire = wires.get(id) ?? createNodeWire(id, () => nameOf?.(id) ?? id);
    wires.set(id, wire);
    return wire;
  };
  const isNewer = (link: Link, than: Link): boolean => (order.get(link) ?? 0) > (order.get(than) ?? 0);

  /** Greets it and lets it carry the wire. Rejects with why it cannot. */
  async function admit(wire: NodeWire, way: Way, link: Link): Promise<void> {
    const reply = await greet(link, wire.id, { cluster, term: term(), version });
    const over = link.why();
    if (over !== undefined) throw new Error(over);
    const old = wire.link(way);
    if (old !== undefined && !isNewer(link, old)) throw new Error('a later connection of this node is there already');
    const wasUp = wire.isUp();
    wire.attach(way, link, reply);
    log.info({ node: wire.id, way, remote: link.remote }, 'a node is connected');
    if (old !== undefined) replace(wire.id, old, link);
    if (wire.isUp() && !wasUp) onUp(wire);
  }

  async function keep(wire: NodeWire, way: Way, link: Link): Promise<void> {
    const node = wire.id;
    try {
      await admit(wire, way, link);
    } catch (error) {
      const why = link.why() ?? (error as Error).message;
      log.warn({ node, way, remote: link.remote, why }, 'a node connected, but cannot be used');
      return link.end(why);
    }
    const why = await link.ended;
    const wasUp = wire.isUp();
    if (!wire.detach(way, link, why)) return;
    log.info({ node, way, why }, 'a node is not connected any more');
    if (wasUp && !wire.isUp()) onDown(node, why);
  }

  function replace(node: string, old: Link, link: Link): void {
    if (old.remote !== link.remote)
      log.warn({ node, from: old.remote, to: link.remote }, 'a node connected from another address');
    old.end('another connection of this node has replaced it');
  }

  return {
    of: wireOf,
    take(id, way, socket, remote) {
      const link = openLink(socket, way, remote);
      links.set(link, id);
      order.set(link, ++count);
      link.ended.then(() => links.delete(link));
      void keep(wireOf(id), way, link);
    },
    cut(id, why) {
      for (const [link, of] of links) if (of === id) link.end(why);
    },
    close() {
      for (const link of links.keys()) link.end('the master stops');
    },
  };
}
