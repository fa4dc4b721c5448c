import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoImage } from '../../../src/engine/no-image.ts';

/** In the words of Docker 20.10 and 28, and of Docker Hub. */
const SAID: readonly (readonly [detail: string, told: RegExp])[] = [
  ['manifest for acme/web:9 not found: manifest unknown: manifest unknown', /^image "acme\/web:9" not found$/],
  [
    "pull access denied for acme/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    /^access to image "acme\/web:9" denied/,
  ],
  ['Head "https://ghcr.io/v2/acme/web/manifests/9": unauthorized', /^access to image "acme\/web:9" denied/],
  ['no basic auth credentials', /^access to image "acme\/web:9" denied/],
  ['toomanyrequests: You have reached your pull rate limit.', /^the registry's rate limit is reached/],
  ['write /var/lib/docker/tmp/x: no space left on device', /^the disk of the docker host is full/],
];

test('what a registry says by its protocol is told in words of our own, with what to do', () => {
  for (const [detail, told] of SAID) {
    const { message, hint } = whyNoImage('acme/web:9', detail);
    assert.match(message, told);
    assert.notEqual(hint, '');
  }
});

test('whatever else is there is one sentence: an open port, a closed one, and one that is filtered look alike', () => {
  const others = [
    'Get "https://10.0.0.5:22/v2/": malformed HTTP response "SSH-2.0-OpenSSH_9.2p1"',
    'Get "https://10.0.0.5:23/v2/": dial tcp 10.0.0.5:23: connect: connection refused',
    'Get "https://10.0.0.5:24/v2/": net/http: request canceled (Client.Timeout exceeded)',
    'its registry is at the private address 10.0.0.5',
  ];
  assert.equal(new Set(others.map((detail) => JSON.stringify(whyNoImage('10.0.0.5:1/x', detail)))).size, 1);
});

const CI = {
  place: 'ghcr.io/acme',
  username: 'ci',
  secret: { password: 'never told' },
  source: 'stored with `orca registry login`',
  remedy: 'store another one',
};

test('who was refused is told, with where the account is from and what to do, and never its password', () => {
  const [image, of] = ['ghcr.io/acme/web:9', 'for ghcr.io/acme, stored with `orca registry login`'];
  const refused = 'Head "https://ghcr.io/v2/acme/web/manifests/9": unauthorized: incorrect username or password';
  assert.equal(
    whyNoImage(image, refused, { account: CI }).message,
    `registry ghcr.io does not accept the account "ci" (${of}) for image "${image}": store another one`,
  );
  for (const denied of [
    'errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required',
    'pull access denied for ghcr.io/acme/web, repository does not exist',
  ])
    assert.equal(
      whyNoImage(image, denied, { account: CI }).message,
      `registry ghcr.io does not let the account "ci" pull image "${image}", or has no such image (${of}): store another one`,
    );
  assert.match(
    whyNoImage(image, refused, { account: { ...CI, username: '' } }).message,
    /does not accept the token \(/,
  );
});

test('why no account was used is told where the registry asks for one', () => {
  assert.equal(
    whyNoImage('acme/web:9', 'no basic auth credentials', { trouble: 'docker-credential-x ended with code 1' }).message,
    'access to image "acme/web:9" denied (no account was used: docker-credential-x ended with code 1): ' +
      'it does not exist, or docker.io needs a login: `orca registry login docker.io`',
  );
  assert.doesNotMatch(whyNoImage('acme/web:9', 'manifest unknown', { trouble: 'x' }).message, /account/);
});
