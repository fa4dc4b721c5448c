import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerView } from '../../../../src/core/model/container.ts';
import { serviceStatus } from '../../../../src/core/status/service-status.ts';
import { begin, last, only, pass, passes, settled, until } from './passes.ts';
import type { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const LIMITED = { resources: { memory: 64 * 2 ** 20 } };

/** Docker has restarted it in place: it runs again before anybody looks. */
function restart(world: Simulator, id: string, ending: Pick<ContainerView, 'exitCode' | 'oomKilled'>): void {
  const box = world.boxes.get(id);
  assert.ok(box);
  box.view = { ...box.view, ...ending, state: 'restarting', finishedAt: world.engineNow() };
  world.view();
  world.pass(1);
  const { exitCode: _, ...running } = box.view;
  box.view = running;
}

const told = (world: Simulator, ms: number): readonly string[] => {
  const reasons: string[] = [];
  for (const end = world.now + ms; world.now < end; )
    reasons.push(...pass(world).steps.flatMap((step) => (step.kind === 'restarted' ? [step.reason] : [])));
  return reasons;
};

const statusOf = (world: Simulator) =>
  serviceStatus({ sight: world.view(), deployments: [...world.deployments.values()], containers: [] }, world.now);

describe('a restart in place', () => {
  it('is told once, with its reason, also by the next master', () => {
    const world = begin(LIMITED);
    restart(world, only(world).id, { exitCode: 137, oomKilled: true });
    assert.deepEqual(told(world, 5_000), ['web.1 ran out of memory (limit 64Mi) and was restarted']);
    restart(world, only(world).id, { exitCode: 3, oomKilled: false });
    assert.deepEqual(told(world, 5_000), ['web.1 exited with code 3 and was restarted']);
    world.restartMaster(1_000);
    assert.deepEqual(told(world, 30_000), []);
    assert.equal(statusOf(world).tasks[0]?.lastRestart?.reason, 'exited with code 3', 'from the store');
  });

  it('is in the status of a service that serves again', () => {
    const world = begin(LIMITED);
    const { id } = only(world);
    restart(world, id, { exitCode: 137, oomKilled: true });
    passes(world, 5_000);
    const { word, lastFailure, tasks } = statusOf(world);
    assert.equal(word, 'running');
    assert.equal(lastFailure?.reason, 'web.1 ran out of memory (limit 64Mi) and was restarted');
    assert.deepEqual([lastFailure?.task, tasks[0]?.restarts, tasks[0]?.lastRestart?.oomKilled], [id, 1, true]);
  });

  it('is told less often the more there are, and then how many there were', () => {
    const world = begin();
    const { id } = only(world);
    const reasons: string[] = [];
    for (let n = 0; n < 600; n += 1) {
      restart(world, id, { exitCode: 1, oomKilled: false });
      reasons.push(...told(world, 1_000));
    }
    assert.ok(reasons.length > 5 && reasons.length < 30, `${reasons.length} for 600 restarts`);
    assert.match(reasons.at(-1) ?? '', /^web\.1 was restarted \d+ times; last it exited with code 1$/);
  });
});

describe('a rollout whose task is restarted', () => {
  it('fails with the reason before it was ready', () => {
    const world = begin(LIMITED);
    world.deploy(spec(LIMITED), 'never-ready');
    until(world, 'a container', () => world.boxes.size === 2);
    const id = [...world.boxes.keys()].at(-1) ?? '';
    for (let n = 0; n < 3; n += 1) {
      restart(world, id, { exitCode: 137, oomKilled: true });
      pass(world);
    }
    settled(world);
    assert.equal(
      last(world)?.failure?.reason,
      'web.1 ran out of memory (limit 64Mi), and was restarted 3 times before it was ready',
    );
    assert.equal(last(world)?.failure?.exitCode, 137);
  });

  it('fails with the reason after it was routed', () => {
    const world = begin();
    world.deploy(spec());
    until(world, 'a routed task', () => [...world.tasks.values()].some((task) => task.revision === 2 && task.routed));
    const { id } = [...world.tasks.values()].find((task) => task.revision === 2) ?? assert.fail();
    restart(world, id, { exitCode: 139, oomKilled: false });
    settled(world);
    assert.equal(
      last(world)?.failure?.reason,
      'web.1 was ready, then exited with code 139 (SIGSEGV), and was restarted by Docker',
    );
  });

  it('that is not ready in time says what it did before', () => {
    const world = begin(LIMITED);
    world.deploy(spec({ ...LIMITED, deploy: { deadline: 10_000 } }), 'never-ready');
    until(world, 'a container', () => world.boxes.size === 2);
    const [id, box] = [...world.boxes].at(-1) ?? assert.fail();
    restart(world, id, { exitCode: 137, oomKilled: true });
    box.readyAt = Number.POSITIVE_INFINITY;
    settled(world);
    assert.match(
      last(world)?.failure?.reason ?? '',
      /was not ready within 10 s: .*; before, it ran out of memory \(limit 64Mi\)/,
    );
  });
});

describe('a task without a port', () => {
  it('is said to have run for so long of what it must', () => {
    const world = begin();
    world.deploy(spec({ port: undefined, domains: [], routes: [] }));
    const words = new Set<string>();
    until(world, 'an end', () => {
      for (const reason of world.plan().waiting) words.add(reason);
      return world.active() === undefined;
    });
    assert.ok(words.has('web.1 is not ready: it has run for 3 s of 5'), [...words].join());
  });
});
