import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forecast } from '../../../../src/core/rollout/forecast.ts';
import { serviceStatus } from '../../../../src/core/status/service-status.ts';
import { taskStatus } from '../../../../src/core/status/task-status.ts';
import { begin, last, pass, passes, running, TICK, until } from './passes.ts';
import { setBack } from './set-back.ts';
import type { Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const MINUTE = 60_000;
const wish = (replicas = 3) => ({
  replicas,
  deploy: { strategy: 'blue-green' as const, keep: 10 * MINUTE, monitor: 1_000 },
});
const of = (world: Simulator, hash: string) => running(world).filter((task) => task.hash === hash);
const succeeded = (world: Simulator) => until(world, 'success', () => last(world)?.state === 'succeeded');
const deploy = (world: Simulator, hash: string, how: Behaviour = 'good', replicas = 3) =>
  world.deploy(spec(wish(replicas)), how, hash);

/** Revision 2 serves, revision 1 is kept. */
function keeping(): Simulator {
  const world = begin(wish());
  deploy(world, 'green');
  succeeded(world);
  return world;
}

describe('blue-green', () => {
  it('starts the whole second set at once, and sends it nothing until all of it is ready', () => {
    const world = begin(wish());
    deploy(world, 'green', 'slow');
    until(world, 'three more', () => world.boxes.size === 6);
    assert.ok(of(world, 'green').every(({ assignedAt }) => assignedAt === of(world, 'green')[0]?.assignedAt));
    until(world, 'the switch', () => last(world)?.cutOver !== undefined);
    assert.ok(of(world, 'green').every(({ id }) => world.answers(id)));
    assert.ok(of(world, 'hash-1').every(({ routed }) => routed));
  });

  it('has succeeded with the old set drained and running, which goes once its time is over', () => {
    const world = keeping();
    assert.deepEqual(
      of(world, 'hash-1').map(({ routed, kept }) => [routed, kept?.ms]),
      Array(3).fill([false, 10 * MINUTE]),
    );
    passes(world, 9 * MINUTE);
    assert.equal(world.boxes.size, 6);
    passes(world, 2 * MINUTE);
    assert.equal(world.boxes.size, 3);
    assert.equal(of(world, 'green').length, 3);
  });

  it('does not keep the old set for ever where the clock was set back', () => {
    const world = keeping();
    setBack(world, 24 * 60 * MINUTE);
    passes(world, MINUTE);
    assert.equal(world.boxes.size, 3);
  });

  it('keeps nothing where that is wished', () => {
    const world = begin(wish());
    world.deploy(spec({ ...wish(), deploy: { ...wish().deploy, keep: 0 } }), 'good', 'green');
    succeeded(world);
    passes(world, MINUTE / 6);
    assert.equal(world.boxes.size, 3);
  });

  it('never switches to a set of which one task does not get ready', () => {
    const world = begin(wish());
    deploy(world, 'green', 'never-ready');
    until(world, 'an end', () => world.active() === undefined);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.equal(last(world)?.cutOver, undefined);
    assert.ok(of(world, 'hash-1').every(({ unroutedAt }) => unroutedAt === undefined));
  });
});

it('a kept task is told as what it is: ready, without requests, and until when it stays', () => {
  const world = keeping();
  const view = world.view();
  const reports = view.tasks.map((seen) => ({ ...taskStatus(view, seen, world.now), hash: seen.task.hash }));
  const [kept] = reports.filter(({ hash }) => hash === 'hash-1');
  const [task] = of(world, 'hash-1');
  assert.deepEqual([kept?.state, kept?.health, kept?.serves, kept?.routed], ['running', 'ready', false, false]);
  assert.equal(kept?.keptUntil, (task?.kept?.at ?? 0) + 10 * MINUTE);
  assert.equal(reports.find(({ hash }) => hash === 'green')?.keptUntil, undefined);
  const report = serviceStatus({ sight: view, deployments: [], containers: [] }, world.now);
  assert.deepEqual([report.word, report.running, report.servingRevision], ['running', 3, 2]);
});

describe('while a set is kept', () => {
  it('a scale starts what is missing for the way back, which is still one switch', () => {
    const world = keeping();
    world.service = { ...world.service, replicas: 4 };
    passes(world, 10_000);
    assert.deepEqual([of(world, 'green').length, of(world, 'hash-1').length], [4, 3]);
    deploy(world, 'hash-1', 'good', 4);
    until(world, 'the switch', () => {
      const routed = of(world, 'hash-1').filter((task) => task.routed).length;
      return last(world)?.cutOver?.done === true && routed === 4;
    });
    succeeded(world);
  });

  it('tasks of slots that are not wanted any more go at once', () => {
    const world = keeping();
    world.service = { ...world.service, replicas: 1 };
    passes(world, 10_000);
    assert.deepEqual([of(world, 'green').length, of(world, 'hash-1').length], [1, 1]);
  });

  it('a stop, or a purge, ends all of it', () => {
    for (const wanted of [{ paused: true }, { removing: true }]) {
      const world = keeping();
      world.service = { ...world.service, ...wanted };
      passes(world, 20_000);
      assert.equal(world.boxes.size, 0);
    }
  });

  it('another deployment takes the kept set away before it starts its own: there are never three', () => {
    const world = keeping();
    deploy(world, 'red');
    until(world, 'the third set', () => {
      if (of(world, 'red').length > 0) assert.equal(of(world, 'hash-1').length, 0);
      assert.ok(world.boxes.size <= 6);
      return last(world)?.state === 'succeeded';
    });
    assert.deepEqual([of(world, 'red').length, of(world, 'green').length], [3, 3]);
  });

  it('a kept task that is not ready any more is replaced on the way back, and fails nothing', () => {
    const world = keeping();
    const [first] = of(world, 'hash-1');
    const box = world.boxes.get(first?.id ?? '');
    assert.ok(box);
    box.hungSince = world.now;
    deploy(world, 'hash-1');
    succeeded(world);
    const back = of(world, 'hash-1').map(({ id }) => id);
    assert.deepEqual([back.length, back.includes(first?.id ?? '')], [3, false]);
  });

  it('what serves is replaced all at once when it dies, as if nothing were kept', () => {
    const world = keeping();
    for (const { id } of of(world, 'green')) world.boxes.delete(id);
    passes(world, 4 * TICK);
    pass(world);
    const fresh = of(world, 'green').map(({ assignedAt }) => assignedAt);
    assert.deepEqual([fresh.length, new Set(fresh).size], [3, 1]);
  });
});

it('a plan has one switch, all starts before it and no stop after it', () => {
  const world = begin(wish());
  const [from] = world.revisions.values();
  assert.ok(from);
  const to = { ...from, number: 2, hash: 'green' };
  const { steps, downtime } = forecast({ service: world.service, from, to, replicas: 3, tasks: running(world) });
  const kinds = steps.map(({ kind }) => kind);
  assert.equal(downtime, 0);
  assert.equal(kinds.filter((kind) => kind === 'cut-over').length, 1);
  assert.ok(kinds.lastIndexOf('start') < kinds.indexOf('cut-over'));
  assert.deepEqual([kinds.filter((kind) => kind === 'keep').length, kinds.includes('stop')], [3, false]);
});

it('a plan of the way back starts nothing', () => {
  const world = keeping();
  const [blue, green] = [...world.revisions.values()];
  assert.ok(blue && green);
  const to = { ...blue, number: 3 };
  const { steps } = forecast({ service: world.service, from: green, to, replicas: 3, tasks: running(world) });
  const kinds = steps.map(({ kind }) => kind);
  assert.ok(kinds.includes('cut-over') && !kinds.includes('assign') && !kinds.includes('stop'));
});
