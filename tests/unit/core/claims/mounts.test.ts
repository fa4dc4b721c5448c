import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exclusiveIn, heldBetween, takenBy, tooManyWriters } from '../../../../src/core/claims/claim.ts';
import { requireFree } from '../../../../src/core/claims/require-free.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import type { HostMount, VolumeSpec } from '../../../../src/core/model/volume.ts';
import { spec } from '../rollout/spec.ts';

const mount = (volume: Partial<VolumeSpec> = {}, readOnly = false) => ({
  volume: { name: 'data', driver: 'local', driverOpts: {}, shared: false, ...volume },
  target: '/data',
  readOnly,
});
const path = (rest: Partial<HostMount> = {}): HostMount => ({
  path: '/srv/data',
  target: '/data',
  readOnly: false,
  shared: false,
  ...rest,
});
const db = (wish: Partial<ServiceSpec> = {}) =>
  spec({ name: 'db', domains: [], routes: [], volumes: [mount()], ...wish });
const other = (wish: Partial<ServiceSpec> = {}) => db({ name: 'other', ...wish });
const what = (a: ServiceSpec, b: ServiceSpec) => takenBy(a, [b])?.what;

describe('a volume', () => {
  it('has one writer, unless all of its writers share it', () => {
    assert.equal(what(other(), db()), 'volume shop_data');
    assert.equal(what(other({ volumes: [mount({}, true)] }), db()), undefined);
    assert.equal(what(other(), db({ volumes: [mount({}, true)] })), undefined);
    const shared = { volumes: [mount({ shared: true })] };
    assert.equal(what(other(shared), db(shared)), undefined);
    assert.equal(what(other(shared), db()), 'volume shop_data', 'of the two one says that it is alone');
    assert.equal(what(other({ volumes: [mount({ name: 'more' })] }), db()), undefined);
    assert.equal(what(other({ project: 'blog' }), db()), undefined, 'another project has another volume');
  });

  it('keeps two tasks of one service apart', () => {
    assert.equal(exclusiveIn(db()), 'volume shop_data');
    assert.equal(exclusiveIn(db({ volumes: [mount({ shared: true })] })), undefined);
    assert.equal(exclusiveIn(db({ volumes: [mount({}, true)] })), undefined);
    assert.equal(tooManyWriters(db(), 1), undefined);
    assert.match(tooManyWriters(db(), 2)?.message ?? '', /2 replicas cannot write to the volume shop_data/);
  });

  it('keeps one of the next spec from running beside one of the last as long as one of both does not share it', () => {
    const shared = db({ volumes: [mount({ shared: true })] });
    assert.equal(heldBetween(shared, db()), 'volume shop_data');
    assert.equal(heldBetween(db(), shared), 'volume shop_data');
    assert.equal(heldBetween(db(), undefined), 'volume shop_data');
    assert.equal(heldBetween(shared, shared), 'what one of them holds');
  });
});

describe('a host path', () => {
  const of = (mounts: readonly HostMount[], project = 'shop') => other({ project, volumes: [], hostPaths: mounts });
  const held = db({ volumes: [], hostPaths: [path()] });

  it('has one writer on the machine, folders above and below it included', () => {
    assert.equal(what(of([path()]), held), 'host path /srv/data');
    assert.equal(what(of([path()], 'blog'), held), 'host path /srv/data');
    assert.equal(what(of([path({ path: '/srv' })]), held), 'host path /srv');
    assert.equal(what(of([path({ path: '/' })]), held), 'host path /');
    assert.equal(what(of([path({ path: '/srv/data/x' })]), held), 'host path /srv/data/x');
    assert.equal(what(of([path({ path: '/srv/database' })]), held), undefined);
    assert.equal(what(of([path({ readOnly: true })]), held), undefined);
  });
});

describe('a declaration', () => {
  const asks = (wish: ServiceSpec, wanted: readonly ServiceSpec[], request = [wish]) =>
    requireFree({ spec: wish, request, own: [], mayDeployTo: () => true }, { wanted, serving: [], stopping: [] });
  const reading = (volume: Partial<VolumeSpec>) => other({ volumes: [mount(volume, true)] });

  it('is one for all services of a project', () => {
    asks(reading({}), [db()]);
    assert.throws(() => asks(reading({ owner: '1:1' }), [db()]), /the service db declares the volume data otherwise/);
    assert.throws(() => asks(reading({ driverOpts: { a: 'b' } }), [db()]), { code: 'conflict' });
    asks(reading({ owner: '1:1' }), [db({ project: 'blog' })]);
  });

  it('changes with the services that are deployed together', () => {
    const both = [reading({ mode: '0700' }), db({ volumes: [mount({ mode: '0700' })] })];
    asks(both[0] as ServiceSpec, [db()], both);
  });

  it('that is taken says how it can be shared', () => {
    const refused = () => asks(other(), [db()]);
    assert.throws(refused, (error: { hint?: string }) => /shared: true/.test(error.hint ?? ''));
  });
});
