import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf, placeFor, readPlace, registryOf } from '../../../../src/core/registry/place.ts';

test('a registry is read as people write it, Docker Hub by each of its names', () => {
  for (const [text, place] of [
    ['registry.example.com', 'registry.example.com'],
    ['https://Registry.Example.com:5000/', 'registry.example.com:5000'],
    ['registry.example.com/team-a/', 'registry.example.com/team-a'],
    ['localhost', 'localhost'],
    ['[::1]:5000/a', '[::1]:5000/a'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io/acme', 'docker.io/acme'],
    ['registry-1.docker.io', 'docker.io'],
    ['https://registry.example.com/v2', 'registry.example.com'],
  ])
    assert.deepEqual(readPlace(text ?? ''), { value: place }, text);
});

test('what is no registry is refused', () => {
  const long = `${'a'.repeat(300)}.example.com`;
  for (const text of ['', 'acme', 'team/a', 'a b.example.com', 'x.example.com/Team', 'x.example.com//a', long])
    assert.ok('message' in readPlace(text), text);
  for (const text of ['x.example.com/../a', 'x.example.com/a?b', 'user:pass@x.example.com', '-x.example.com'])
    assert.ok('message' in readPlace(text), text);
});

test('an image is of the host it begins with, else of Docker Hub', () => {
  assert.deepEqual(['nginx', 'acme/shop', 'localhost/x', 'r:5000/x', 'R.example.com/x'].map(registryOf), [
    'docker.io',
    'docker.io',
    'localhost',
    'r:5000',
    'r.example.com',
  ]);
  assert.equal(hostOf('acme/shop'), undefined);
});

test('the longest place that an image lies in counts, by whole segments', () => {
  const places = ['r.example.com', 'r.example.com/team', 'r.example.com/team/web', 'docker.io/acme', 'docker.io'];
  for (const [repository, place] of [
    ['r.example.com/team/web/api', 'r.example.com/team/web'],
    ['r.example.com/team/website', 'r.example.com/team'],
    ['r.example.com/teams/web', 'r.example.com'],
    ['R.example.com/team/x', 'r.example.com/team'],
    ['r.example.com:5000/team/x', undefined],
    ['acme/shop', 'docker.io/acme'],
    ['nginx', 'docker.io'],
  ] as const)
    assert.equal(placeFor(repository, places), place, repository);
});
