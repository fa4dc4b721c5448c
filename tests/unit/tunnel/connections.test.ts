import assert from 'node:assert/strict';
import { createConnection, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { reconnectPause } from '../../../src/tunnel/reconnect-pause.ts';
import { type Authority, createAuthority, nodeId } from '../../lab/certificates.ts';
import { until } from '../../lab/until.ts';
import { answers, openPort, openTarget, type Port, startNode, type Target } from '../../lab/wire.ts';

test('a node dials again after 1 s doubling to 5 s, less up to half of it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, chance) => {
        const pause = reconnectPause(failures, chance);
        const longest = Math.min(5000, 1000 * 2 ** (failures - 1));
        assert.ok(pause >= longest / 2 && pause <= longest, `${pause}`);
        assert.ok(reconnectPause(failures + 1, chance) >= pause);
      },
    ),
  );
});

/** A relay between nodes and the port, that can be told to pass nothing on. */
interface Between {
  readonly port: number;
  hold(): void;
  cut(): void;
  close(): void;
}

async function between(port: number): Promise<Between> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isHeld = false;
  const server = createServer((from) => {
    const to = createConnection({ port, host: '127.0.0.1' });
    const pair = [from, to] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [to, from] as const]) {
      one.on('error', () => undefined);
      one.on('data', (bytes) => isHeld || other.write(bytes));
      one.on('close', () => {
        pairs.delete(pair);
        if (!isHeld) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of [...pairs].flat()) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    hold: () => {
      isHeld = true;
    },
    cut,
    close: () => {
      server.close();
      cut();
    },
  };
}

describe('connections', () => {
  let authority: Authority;
  let target: Target;
  before(async () => {
    authority = createAuthority();
    target = await openTarget((socket) => void socket.pipe(socket));
  });
  after(() => target?.close());

  const echo = async (port: Port, id: string, said: string): Promise<string> => {
    const stream = port.port.wire(id).connect('docker', 'quick');
    stream.end(said);
    return text(stream);
  };
  const connected = async (id: string, at = 0, identity = authority.master()) => {
    const port = await openPort(identity, {}, at);
    const node = startNode(id, authority.node(id), port.number, { targets: { docker: target.path } });
    await until('the node to connect', () => port.port.wire(id).isUp());
    return { port, node };
  };

  test('that are lost are made again, and both ends say why; what was open fails, and is no end', async () => {
    const id = nodeId();
    const port = await openPort(authority.master());
    const way = await between(port.number);
    const node = startNode(id, authority.node(id), way.port, { targets: { docker: target.path } });
    const wire = port.port.wire(id);
    await until('the node to connect', () => wire.isUp());
    let rounds = 0;
    for (const isEnded of [false, true]) {
      const stream = wire.connect('docker', 'quick');
      stream.write('x'.repeat(100));
      await until('an echo', () => stream.readableLength > 0);
      const held = wire.connect('docker', 'quick');
      held.on('error', () => undefined);
      if (isEnded) stream.end(Buffer.alloc(8 * 1024 * 1024));
      way.cut();
      await assert.rejects(text(stream), { code: 'unavailable', message: /^node ".*" is not connected: / });
      rounds += 1;
      await until('the node to connect again', () => port.told.filter((one) => one === `up ${id}`).length > rounds);
    }
    assert.equal(await echo(port, id, 'hi'), 'hi');
    assert.deepEqual([port.told[0], port.told.at(-1)], [`up ${id}`, `up ${id}`]);
    assert.match(port.told[1] ?? '', new RegExp(`^down ${id}: the connection `));
    assert.match(node.problems[0] ?? '', /^the master at .* does not serve this node: /);
    await node.dialer.close();
    await port.port.close();
    way.close();
  });

  test('over which nothing comes any more are given up at both ends', async () => {
    const id = nodeId();
    const port = await openPort(authority.master());
    const way = await between(port.number);
    const node = startNode(id, authority.node(id), way.port);
    await until('the node to connect', () => port.port.wire(id).isUp());
    way.hold();
    await until('the master to see it', () => port.told.includes(`down ${id}: the node was silent for 8 s`));
    await until('the node to see it', () => node.problems.some((one) => one.includes('it was silent for 8 s')));
    await assert.rejects(port.port.wire(id).status(), { message: /is not connected: the node was silent for 8 s/ });
    way.close();
    await node.dialer.close();
    await port.port.close();
  });

  test('of a newer process of a node replace those of the older one', async () => {
    const id = nodeId();
    const { port, node: older } = await connected(id);
    const newer = startNode(id, authority.node(id), port.number, {
      targets: { docker: target.path },
      answer: { ...answers(id), hello: () => ({ id, version: '2.0.0' }) },
    });
    await until('the older one to be told', () =>
      older.problems.some((one) => one.includes('another connection of this node has replaced it')),
    );
    await older.dialer.close();
    // They may have replaced each other some times by now.
    await until('the newer one to stay', async () => newer.dialer.isUp() && (await echo(port, id, 'hi')) === 'hi');
    assert.equal(port.port.wire(id).hello()?.version, '2.0.0');
    await newer.dialer.close();
    await port.port.close();
  });

  test('are cut with a reason, at once', async () => {
    const id = nodeId();
    const { port, node } = await connected(id);
    const stream = port.port.wire(id).connect('docker', 'patient');
    stream.write('x');
    await until('an echo', () => stream.readableLength > 0);
    port.port.cut(id, 'this node was removed from the cluster');
    await assert.rejects(text(stream), { message: /is not connected: this node was removed from the cluster/ });
    await until('the node to be told', () =>
      node.problems.some((one) => one.includes('this node was removed from the cluster')),
    );
    await node.dialer.close();
    await port.port.close();
  });

  test('outlive a change of the CA, and new ones are made with the new one', async () => {
    const id = nodeId();
    const next = createAuthority('next');
    let identity = authority.master();
    const both = [next.ca, authority.ca];
    const port = await openPort(() => identity);
    let own = authority.node(id);
    const node = startNode(id, () => own, port.number, { targets: { docker: target.path } });
    await until('the node to connect', () => port.port.wire(id).isUp());

    identity = { ...authority.master(), ca: both };
    own = { ...next.node(id), ca: both };
    identity = { ...next.master(), ca: both };
    const other = nodeId();
    const newcomer = startNode(other, { ...next.node(other), ca: [next.ca] }, port.number);
    await until('one with a new certificate', () => port.port.wire(other).isUp());
    assert.deepEqual(port.told, [`up ${id}`, `up ${other}`]);

    identity = { ...next.master(), ca: [next.ca] };
    const late = startNode(nodeId(), authority.node(nodeId()), port.number);
    await until('the old CA to be worth nothing', () => late.problems.some((one) => one.includes('another cluster')));
    assert.equal(await echo(port, id, 'hi'), 'hi');
    port.port.cut(id, 'again');
    await until('the node to come back with its new certificate', () => port.told.at(-1) === `up ${id}`);
    for (const one of [node, newcomer, late]) await one.dialer.close();
    await port.port.close();
  });
});
