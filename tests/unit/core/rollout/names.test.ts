import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NAME_OUTLIVES } from '../../../../src/core/names/names.ts';
import type { Step } from '../../../../src/core/rollout/step.ts';
import { last, running, settled, TICK, until } from './passes.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

type Wish = Parameters<typeof spec>[0];

/** A service of a project with others, found by its name alone. */
function begin(wish: Wish = {}): Simulator {
  const world = new Simulator(spec({ domains: [], routes: [], ...wish }));
  world.isNamed = true;
  settled(world);
  return world;
}

const scale = (world: Simulator, replicas: number): void => {
  world.service = { ...world.service, replicas };
};

/** One pass; `stopped` gets each task that is told to stop. */
function passing(world: Simulator, stopped: (step: Step & { kind: 'stop' }) => void): void {
  for (const step of world.plan().steps) {
    if (step.kind === 'stop') stopped(step);
    world.apply(step);
  }
  world.pass(TICK);
}

describe('a service that is found by its name', () => {
  it('is replaced start-first, and the old task stops only 3 s after its name was withdrawn everywhere', () => {
    const world = begin({ deploy: { monitor: 0 } });
    world.ackDelay = 700;
    const [old] = running(world);
    assert.ok(old);
    world.deploy(spec({ domains: [], routes: [], deploy: { monitor: 0 } }));
    let stoppedAt = 0;
    for (let passes = 0; stoppedAt === 0; passes += 1) {
      assert.ok(passes < 200);
      passing(world, ({ task }) => {
        if (task === old.id) stoppedAt = world.now;
      });
    }
    const goneAt = world.acknowledged.goneAt(old.id) ?? Number.POSITIVE_INFINITY;
    assert.ok(stoppedAt - goneAt >= NAME_OUTLIVES, `${stoppedAt - goneAt}`);
    assert.ok(world.serving() > 0);
  });

  it('has succeeded before that: nobody who deploys waits for clients to forget', () => {
    const world = begin({ deploy: { monitor: 0 } });
    const [old] = running(world);
    world.deploy(spec({ domains: [], routes: [], deploy: { monitor: 0 } }));
    until(world, 'success', () => last(world)?.state === 'succeeded');
    assert.equal(world.tasks.get(old?.id ?? '')?.phase, 'run', 'the old one still runs');
    settled(world);
    assert.equal(running(world).length, 1);
  });

  it('does not make its last task, nor one that makes room for its successor, last longer', () => {
    const hostPort: Wish = { ports: [{ address: '127.0.0.1', host: 9000, container: 8080, protocol: 'tcp' }] };
    const stopped = (world: Simulator, task: string): number => {
      for (let passes = 0; passes < 200; passes += 1) {
        let isStopped = false;
        passing(world, (step) => {
          isStopped ||= step.task === task;
        });
        if (isStopped) return world.now - (world.acknowledged.goneAt(task) ?? 0);
      }
      return Number.POSITIVE_INFINITY;
    };
    const scaled = begin();
    const [only] = running(scaled);
    scale(scaled, 0);
    assert.ok(stopped(scaled, only?.id ?? '') < NAME_OUTLIVES);
    const swapped = begin(hostPort);
    const [old] = running(swapped);
    swapped.deploy(spec({ domains: [], routes: [], ...hostPort }));
    assert.ok(stopped(swapped, old?.id ?? '') < NAME_OUTLIVES);
  });

  it('never loses a task that others may remember while another could take its place', () => {
    const act = fc.record({
      do: fc.constantFrom('deploy', 'deploy', 'scale', 'passes'),
      replicas: fc.integer({ min: 1, max: 4 }),
      ackDelay: fc.constantFrom(20, 1_000, 4_000),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), fc.boolean(), (acts, hasDomain) => {
        const domains = hasDomain ? {} : { domains: [], routes: [] };
        const wish = (replicas: number) => spec({ ...domains, replicas, deploy: { monitor: 0 } });
        const world = new Simulator(wish(2));
        world.isNamed = true;
        const told = new Set<string>();
        for (const { do: what, replicas, ackDelay } of acts) {
          world.ackDelay = ackDelay;
          if (what === 'deploy') world.deploy(wish(replicas));
          if (what === 'scale') scale(world, replicas);
          for (let passes = 0; passes < 12; passes += 1) {
            const others = [...world.tasks.values()].some(({ routed }) => routed);
            passing(world, ({ task }) => {
              if (told.has(task)) return; // the tables that had it are forgotten by then
              told.add(task);
              const goneAt = world.acknowledged.goneAt(task);
              const wasTold = world.tasks.get(task)?.unroutedAt !== undefined;
              if (wasTold && others) assert.ok(goneAt !== undefined && world.now - goneAt >= NAME_OUTLIVES);
            });
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
