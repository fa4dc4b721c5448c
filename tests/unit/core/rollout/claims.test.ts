import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublishedPort } from '../../../../src/core/model/service-spec.ts';
import { takenBy } from '../../../../src/core/rollout/claims.ts';
import { spec } from './spec.ts';

const port = (rest: Partial<PublishedPort> = {}): PublishedPort => ({
  address: '127.0.0.1',
  host: 9000,
  container: 80,
  protocol: 'tcp',
  ...rest,
});

describe('what a service may hold alone', () => {
  it('is each pair of domain and path', () => {
    const other = spec({ name: 'api', routes: [{ path: '/api', stripPrefix: false }] });
    assert.equal(takenBy(spec(), [other]), undefined);
    const two = spec({ name: 'two', domains: ['x.test', 'shop.example.com'] });
    assert.deepEqual(takenBy(two, [other, spec()]), { project: 'shop', service: 'web', what: 'shop.example.com/' });
  });

  it('is a host port of an address, of all addresses, by protocol', () => {
    const holder = spec({ name: 'db', domains: [], ports: [port()] });
    const asks = (wish: Partial<PublishedPort>) => takenBy(spec({ domains: [], ports: [port(wish)] }), [holder])?.what;
    assert.equal(asks({}), 'port 9000/tcp');
    assert.equal(asks({ address: '0.0.0.0' }), 'port 9000/tcp');
    assert.equal(asks({ address: '10.0.0.1' }), undefined);
    assert.equal(asks({ protocol: 'udp' }), undefined);
    assert.equal(asks({ host: 9001 }), undefined);
  });

  it('is never taken by the service itself, but by one of the same name in another project', () => {
    assert.equal(takenBy(spec(), [spec({ replicas: 3 })]), undefined);
    assert.equal(takenBy(spec(), [spec({ project: 'blog' })])?.project, 'blog');
  });
});
