import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Task } from '../../../../src/core/model/task.ts';
import { forecast } from '../../../../src/core/rollout/forecast.ts';
import { clusterOf } from '../../../../src/core/schedule/cluster.ts';
import { ledgerOf } from '../../../../src/core/schedule/ledger.ts';
import type { NodeView } from '../../../../src/core/schedule/node-view.ts';
import { createPlacing } from '../../../../src/core/schedule/placing.ts';
import { seatsOf } from '../../../../src/core/schedule/seats.ts';
import { MI, node } from '../schedule/place-of.ts';
import { spec } from './spec.ts';

const web = spec({ replicas: 3, reserve: { memory: 600 * MI }, deploy: { monitor: 0 } });
const revision = { project: 'shop', service: 'web', number: 1, spec: web, hash: 'h1', createdAt: 0 };

const planned = (nodes: readonly NodeView[], to = revision, tasks: readonly Task[] = []) => {
  const cluster = clusterOf(nodes);
  const where = {
    nodes,
    place: (own: readonly Task[]) => {
      const service = { replicas: 3, paused: false, removing: false };
      const seats = seatsOf({ service, tasks: own, specOf: () => to.spec }, 1_000_000);
      return createPlacing({ cluster, ledger: () => ledgerOf(cluster, seats) });
    },
  };
  return forecast({ to, replicas: 3, tasks, where }).steps;
};

describe('a rollout', () => {
  it('brings the image to each node that gets a task, and to no other', () => {
    const steps = planned([node('a'), node('b'), node('c'), node('d', { availability: 'drained' })]);
    const on = (kind: 'pull' | 'assign') => steps.flatMap((step) => (step.kind === kind ? [step.node] : []));
    assert.deepEqual(on('pull').sort(), ['a', 'b', 'c']);
    assert.deepEqual(on('assign').sort(), ['a', 'b', 'c']);
  });

  it('says with each task why it is where it is', () => {
    const steps = planned([node('a'), node('b'), node('c')]);
    assert.deepEqual(
      steps.flatMap((step) => (step.kind === 'assign' ? [step.placed] : [])),
      Array(3).fill('no task of web is there yet, 0 % of it is reserved'),
    );
    const [only] = planned([node('a', { capacity: undefined })]).filter(({ kind }) => kind === 'assign');
    assert.equal(only?.kind === 'assign' && only.placed, undefined, 'where there is no other, nothing is said');
  });

  it('puts nothing where it does not fit', () => {
    const steps = planned([node('a'), node('b')]);
    assert.deepEqual(
      steps.flatMap((step) => (step.kind === 'assign' ? [`${step.slot} ${step.node}`] : [])),
      ['1 a', '2 b'],
    );
  });
});
