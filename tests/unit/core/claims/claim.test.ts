import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foreignHost, takenBy } from '../../../../src/core/claims/claim.ts';
import type { PublishedPort } from '../../../../src/core/model/service-spec.ts';
import { spec } from '../rollout/spec.ts';

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

describe('a host', () => {
  const at = (project: string, name: string, paths: readonly string[], domain = 'shop.example.com') =>
    spec({ project, name, domains: [domain], routes: paths.map((path) => ({ path, stripPrefix: false })) });
  const only =
    (...projects: readonly string[]) =>
    (project: string): boolean =>
      projects.includes(project);
  const login = at('blog', 'thief', ['/login']);
  const owner = at('shop', 'web', ['/']);

  it("is nobody else's once a project has a service on it, whatever the path", () => {
    assert.equal(foreignHost(login, [owner], only('blog')), 'shop.example.com');
    assert.equal(foreignHost(login, [owner], only('blog', 'shop')), undefined);
    assert.equal(
      foreignHost(login, [at('shop', 'web', ['/'], 'example.com')], only('blog')),
      undefined,
      'another host',
    );
    assert.equal(foreignHost(at('shop', 'api', ['/api']), [owner], only('shop')), undefined, 'its own project');
  });

  it('that several projects share takes leave to deploy to all of them', () => {
    const shared = [owner, at('blog', 'news', ['/news'])];
    assert.equal(foreignHost(at('docs', 'web', ['/docs']), shared, only('docs', 'shop')), 'shop.example.com');
    assert.equal(foreignHost(login, shared, only('blog')), 'shop.example.com', 'a path it got gives it no others');
    assert.equal(foreignHost(login, shared, only('blog', 'shop')), undefined);
  });

  it('does not keep a project from what it holds there already', () => {
    const news = at('blog', 'news', ['/news']);
    const shared = [owner, news];
    assert.equal(foreignHost({ ...news, image: 'acme/news:2' }, shared, only('blog')), undefined);
    assert.equal(foreignHost({ ...owner, replicas: 3 }, shared, only('shop')), undefined);
    assert.equal(foreignHost(at('blog', 'renamed', ['/news']), shared, only('blog')), undefined);
  });
});
