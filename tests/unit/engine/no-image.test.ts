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
  ['write /var/lib/docker/tmp/x: no space left on device', /^the disk is full/],
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
