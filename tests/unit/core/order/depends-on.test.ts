import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cycleFrom, inOrder } from '../../../../src/core/order/depends-on.ts';

const spec = (name: string, ...on: readonly string[]) => ({
  name,
  project: 'shop',
  dependsOn: Object.fromEntries(on.map((each) => [each, 'healthy' as const])),
});

describe('what depends on what', () => {
  it('comes after it, and stands as it stood otherwise', () => {
    const services = [spec('web', 'db', 'cache'), spec('cache'), spec('db'), spec('alone')];
    const names = inOrder(services, (one) => one).map(({ name }) => name);
    assert.deepEqual(names, ['db', 'cache', 'web', 'alone']);
  });

  it('is ordered whatever stands first, and nothing is lost', () => {
    const graph = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(graph, fc.integer(), (edges, seed) => {
        // Only to those with a lower number: no cycles.
        const services = edges.map((on, n) =>
          spec(`s${n}`, ...on.filter((each) => each < n).map((each) => `s${each}`)),
        );
        const shuffled = services.toSorted(
          (a, b) => ((a.name.charCodeAt(1) * seed) % 7) - ((b.name.charCodeAt(1) * seed) % 7),
        );
        const names = inOrder(shuffled, (one) => one).map(({ name }) => name);
        assert.deepEqual(names.toSorted(), services.map(({ name }) => name).toSorted());
        for (const { name, dependsOn } of services)
          for (const other of Object.keys(dependsOn)) assert.ok(names.indexOf(other) < names.indexOf(name));
      }),
    );
  });

  it('is told as a way from a service back to itself', () => {
    const graph: Record<string, string[]> = {
      web: ['api'],
      api: ['db', 'cache'],
      db: [],
      cache: ['web'],
      lone: ['web'],
    };
    const find = (name: string) => graph[name] ?? [];
    assert.deepEqual(cycleFrom('web', find), ['web', 'api', 'cache', 'web']);
    assert.deepEqual([cycleFrom('lone', find), cycleFrom('db', find)], [undefined, undefined]);
    assert.deepEqual(
      inOrder([spec('a', 'b'), spec('b', 'a')], (one) => one).map(({ name }) => name),
      ['b', 'a'],
    );
  });
});
