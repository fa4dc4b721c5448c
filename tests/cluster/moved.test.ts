import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABEL } from '../../src/core/model/container.ts';
import { often } from '../lab/often.ts';
import { choices } from './choices.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { untilConverged } from './converged.ts';
import { availabilityOf, nodesOf } from './places.ts';
import { seed } from './seed.ts';
import { shop } from './shop.ts';
import { heal } from './troubles.ts';
import { watchTwice } from './twice.ts';

const SEED = seed();
/** `ORCA_ROUNDS=<n>`: more of them, to look for what is rare. */
const ROUNDS = often(6, 'ORCA_ROUNDS');
/** After this a master believes that silence means something, ms. */
const KNOWN = 31_000;

const other = (node: string): string => (node === 'b' ? 'c' : 'b');

async function shopOnB(t: Parameters<typeof openCluster>[0]): Promise<Cluster> {
  const skews = { b: { engine: 3_600_000, plane: -90_000 }, c: { engine: -86_400_000, plane: 5_000 } };
  const cluster = await openCluster(t, { nodes: ['b', 'c'], seed: SEED, skews });
  cluster.placeOn('b', 'c');
  await cluster.drive('the wish', cluster.wish().availability('c', 'drain'));
  await cluster.deploy(shop(1, 2));
  return cluster;
}

const isDrained = async (cluster: Cluster, node: string) => (await availabilityOf(cluster, node)) === 'drained';

test(`a master killed after each single thing it does in a drain: the next one finishes it, and no request is lost (ORCA_SEED=${SEED})`, async (t) => {
  const cluster = await shopOnB(t);
  const twice = watchTwice(cluster);
  cluster.expect('shop/web', 2);
  for (let deed = 1, from = 'b'; ; deed += 1, from = other(from)) {
    await cluster.drive('the wish', cluster.wish().availability(other(from), 'undrain'));
    await cluster.drive('the wish', cluster.wish().availability(from, 'drain'));
    const { life } = cluster.master();
    life.stopAt(deed, 'after', 'ended');
    await cluster.until('its end', async () => life.signal.aborted || (await isDrained(cluster, from)));
    const isKilled = life.signal.aborted;
    if (isKilled) await cluster.startMaster();
    await cluster.until('the end of the drain', () => isDrained(cluster, from));
    await untilConverged(cluster, 'web', 2);
    assert.deepEqual(await nodesOf(cluster, 'web'), [other(from), other(from)]);
    assert.equal(cluster.node(from).machine.boxes.size, 0, `killed after deed ${deed}`);
    assert.deepEqual(cluster.harm(), [], `killed after deed ${deed}`);
    assert.ok(twice() <= 10_000, `a slot served twice for ${twice()} ms`);
    if (!isKilled) return assert.ok(deed > 12, `killed ${deed - 1} times`);
  }
});

test(`a master killed in the middle of a failover, at random, while nodes are cut off and come back (ORCA_SEED=${SEED})`, async (t) => {
  const choose = choices(SEED);
  const cluster = await shopOnB(t);
  const twice = watchTwice(cluster);
  await cluster.drive('the wish', cluster.wish().availability('c', 'undrain'));
  for (let round = 1; round <= ROUNDS; round += 1) {
    await cluster.time.pass(KNOWN);
    const cut = ['b', 'c'][choose(2)] ?? 'b';
    const deed = 1 + choose(16);
    cluster.node(cut).cut(true);
    cluster.master().life.stopAt(deed, choose(2) === 0 ? 'before' : 'after', 'ended');
    await cluster.time.pass(11_000 + choose(15_000));
    if (choose(3) === 0) cluster.node(cut).cut(false);
    cluster.master().life.end();
    await cluster.startMaster();
    await cluster.time.pass(choose(45_000));
    cluster.node(cut).cut(false);
    await untilConverged(cluster, 'web', 2);
    assert.deepEqual(cluster.harm(), [], `round ${round}`);
    assert.ok(twice() <= 10_000, `round ${round}: a slot served twice for ${twice()} ms`);
  }
});

/** What a user or the world may do next. */
const DOINGS: Readonly<Record<string, (cluster: Cluster, node: string, pick: number) => Promise<unknown>>> = {
  drain: (cluster, node) => cluster.wish().availability(node, 'drain'),
  activate: (cluster, node) => cluster.wish().availability(node, 'activate'),
  maintenance: (cluster, node) => cluster.wish().availability(node, 'maintenance'),
  cut: async (cluster, node) => cluster.node(node).cut(true),
  mend: async (cluster, node) => cluster.node(node).cut(false),
  mute: async (cluster, node, pick) => {
    cluster.node(node).reachEngine(false);
    if (pick % 2 > 0) cluster.node(node).planes.reach(false);
  },
  unpullable: async (cluster, node) => {
    cluster.node(node).faults.pull = 'fails';
  },
  clock: async (cluster, _, pick) => cluster.setClock(pick % 2 > 0 ? 3_600_000 : -3_600_000),
  migrate: (cluster, _, pick) => cluster.wish().deploy(`${shop(1 + (pick % 3), 2)}    release: [migrate]\n`),
  deploy: (cluster, _, pick) => cluster.wish().deploy(shop(1 + (pick % 3), 1 + (pick % 4))),
  place: (cluster, node, pick) => cluster.wish().deploy(`${shop(1 + (pick % 2), 2)}    placement: {node: ${node}}\n`),
  scale: (cluster, _, pick) => cluster.wish().scale('web', 1 + (pick % 4)),
  kill: async (cluster) => {
    cluster.master().life.end();
    await cluster.startMaster();
  },
};
const WORDS = Object.keys(DOINGS);

test(`drains, cuts, engines and images that are away, rollouts, moves, clocks and kills in any order: no slot is served twice for long, and all of it settles (ORCA_SEED=${SEED})`, async (t) => {
  const choose = choices(SEED);
  const cluster = await shopOnB(t);
  const twice = watchTwice(cluster);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const done: string[] = [];
    for (let left = 2 + choose(6); left > 0; left -= 1) {
      const word = WORDS[choose(WORDS.length)] as string;
      const node = ['b', 'c'][choose(2)] as string;
      done.push(`${word} ${node}`);
      await cluster.drive(word, (DOINGS[word] as (typeof DOINGS)[string])(cluster, node, choose(12))).catch(() => {});
      await cluster.time.pass([0, 200, 1_500, 12_000, 40_000][choose(5)] ?? 0);
    }
    heal(cluster);
    endReleases(cluster);
    for (const node of ['b', 'c']) {
      cluster.node(node).cut(false);
      await cluster.drive('the wish', cluster.wish().availability(node, 'activate'));
    }
    const replicas = 1 + choose(3);
    const told = `round ${round}: ${done.join(', ')}`;
    const { services } = await cluster.deploy(shop(1 + choose(3), replicas));
    assert.match(services[0]?.state ?? '', /succeeded|unchanged/, `${told}: ${services[0]?.reason}`);
    await cluster.drive('a scale', cluster.wish().scale('web', replicas));
    await untilConverged(cluster, 'web', replicas);
    const settled = await nodesOf(cluster, 'web');
    await cluster.time.pass(30_000);
    assert.deepEqual(await nodesOf(cluster, 'web'), settled, `${told}: it flaps`);
    assert.deepEqual(cluster.harm(), [], told);
    assert.ok(twice() <= 10_000, `${told}: a slot served twice for ${twice()} ms`);
  }
});

/** They run until somebody ends them. */
function endReleases({ nodes }: Cluster): void {
  for (const { machine } of nodes)
    for (const { view } of [...machine.boxes.values()])
      if (view.labels[LABEL.kind] === 'release' && view.state === 'running') machine.finish(view.name);
}
