import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OrcaError } from '../../src/core/errors.ts';
import { often } from '../lab/often.ts';
import type { Trouble } from '../unit/core/rollout/trouble.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { untilConverged } from './converged.ts';
import { shop } from './shop.ts';
import { heal, nodeAt, trouble } from './troubles.ts';

/** `ORCA_PROPERTY_RUNS=<n>`: more of them, to look for what is rare. */
const RUNS = { numRuns: often(12, 'ORCA_PROPERTY_RUNS') };

const BEHAVIOURS = {
  'acme/web:2': 'slow',
  'acme/web:3': 'never-ready',
  'acme/web:4': 'exits',
} as const;

const DEPLOYS = ['', ', strategy: blue-green, keep: 2s', ', strategy: canary, canary: {steps: [20, 50]}'];

const kinds: readonly Trouble['kind'][] = [
  'kill',
  'remove',
  'crash',
  'hang',
  'stick',
  'unstick',
  'engine-away',
  'engine-back',
  'ingress-away',
  'ingress-back',
  'server-away',
  'seen-late',
  'ack-slow',
  'ack-quick',
];

const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ trouble: fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat(9) }), at: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ placeOn: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      deploy: fc.record({
        version: fc.constantFrom(1, 1, 2, 3, 4, 5),
        replicas: fc.integer({ min: 1, max: 4 }),
        how: fc.constantFrom(...DEPLOYS),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ scale: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ ask: fc.constantFrom('rollback' as const, 'promote' as const) }) },
  { weight: 1, arbitrary: fc.record({ setClock: fc.constantFrom(3_600_000, -3_600_000, 120_000) }) },
  { weight: 4, arbitrary: fc.record({ pass: fc.nat(20_000) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

async function perform(cluster: Cluster, one: Act): Promise<void> {
  if ('trouble' in one) return trouble(cluster, one.trouble, one.at);
  if ('placeOn' in one) return cluster.placeOn(nodeAt(cluster, one.placeOn).id);
  if ('setClock' in one) return cluster.setClock(one.setClock);
  if ('pass' in one) return cluster.time.pass(one.pass);
  await wish(cluster, one).catch((error: unknown) => {
    if (!(error instanceof OrcaError)) throw error; // It may be refused, with a reason.
  });
}

async function wish(
  cluster: Cluster,
  one: Exclude<Act, { trouble: unknown } | { placeOn: unknown } | { setClock: unknown } | { pass: unknown }>,
) {
  const asked = cluster.wish();
  if ('scale' in one) return cluster.drive('a scale', asked.scale('web', one.scale));
  if ('ask' in one) return void (await cluster.drive(one.ask, asked[one.ask]('web')));
  const { version, replicas, how } = one.deploy;
  await cluster.drive('the admission of a deployment', asked.deploy(shop(version, replicas, how)));
}

/** Further nodes, half of the time; no clock is right. */
const NODES = fc.constantFrom([], ['b', 'c']);
const SKEWS = { b: { engine: 3_600_000, plane: -90_000 }, c: { engine: -90_000, plane: 3_600_000 } };

test('whatever happens to engines, data planes, masters, containers and clocks, of one node or of several: once it is over, what is wanted runs, and then stays as it is', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), NODES, fc.array(act, { minLength: 4, maxLength: 14 }), async (seed, nodes, acts) => {
      const cluster = await openCluster(t, { seed, nodes, skews: SKEWS, behaviours: BEHAVIOURS });
      await cluster.deploy(shop(1, 2));
      for (const one of acts) await perform(cluster, one);
      heal(cluster);
      await promoteAll(cluster);
      const { state } = cluster.master();
      const service = (await state.services.get('shop', 'web'))?.value;
      await untilConverged(cluster, 'web', service?.replicas ?? 0);
      const before = cluster.trace.steps();
      await cluster.time.pass(60_000);
      assert.equal(cluster.trace.steps(), before, cluster.trace.last(20).join('\n'));
      await cluster.close();
    }),
    { ...RUNS, endOnFailure: true },
  );
});

/** A canary waits for a user, as long as it takes; and all others end. */
async function promoteAll(cluster: Cluster): Promise<void> {
  const { state } = cluster.master();
  const isOver = async () => (await state.services.get('shop', 'web'))?.value.deployment === undefined;
  const isPaused = async () => {
    const id = (await state.services.get('shop', 'web'))?.value.deployment;
    return id !== undefined && (await state.deployments.get(id))?.value.state === 'paused';
  };
  await cluster.until('the end of all deployments', async () => (await isOver()) || isPaused(), 1_800_000);
  if (await isOver()) return;
  await cluster.drive('a promotion', cluster.wish().promote('web')).catch(() => undefined);
  await cluster.time.pass(1_000);
  await promoteAll(cluster);
}
