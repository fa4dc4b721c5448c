import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServices } from '../../../../src/core/model/schema/parse-services.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import {
  type OwnPort,
  ownPortWarning,
  publishedOwnPort,
  requireNotOwn,
} from '../../../../src/core/rollout/own-ports.ts';

const OWN: readonly OwnPort[] = [
  { port: 41_234, listener: 'API' },
  { port: 8081, listener: 'ingress' },
];

function publishing(...ports: string[]): ServiceSpec {
  const parsed = parseServices({ services: [{ project: 'shop', name: 'web', image: 'a:1', ports }] });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.specs[0] as ServiceSpec;
}

test("orca's own ports are found on every address, whatever they are", () => {
  for (const address of [
    '',
    '127.0.0.1:',
    '127.0.0.2:',
    '0.0.0.0:',
    '10.1.2.3:',
    '[::1]:',
    '[::]:',
    '[0:0:0:0:0:0:0:1]:',
  ])
    for (const { port, listener } of OWN)
      assert.equal(publishedOwnPort(publishing('9000:80', `${address}${port}:80`), OWN)?.listener, listener, address);
});

test('the same number of UDP, other ports, and ports in the container are not', () => {
  const spec = publishing('41234:53/udp', '[::]:8081:443/udp', '9000:41234', '8080:8081', '6880:80');
  assert.equal(publishedOwnPort(spec, OWN), undefined);
  requireNotOwn(spec, OWN);
  assert.equal(ownPortWarning(spec, OWN), undefined);
});

test('the refusal names the port and which of the listeners has it; the warning the address too', () => {
  assert.throws(() => requireNotOwn(publishing('[::1]:8081:80'), OWN), {
    code: 'conflict',
    message: 'port 8081/tcp is in use by orca itself: its ingress listens there',
    hint: 'publish another host port; no address of it may be published',
  });
  assert.match(
    ownPortWarning(publishing('[::1]:41234:80'), OWN) ?? '',
    /^shop\/web publishes port 41234 on ::1, where orca's API listens: /,
  );
});
