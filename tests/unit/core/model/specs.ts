import assert from 'node:assert/strict';
import { parseServices } from '../../../../src/core/model/schema/parse-services.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';

/** The spec of a service `web`, from the keys of a deploy body. */
export function spec(keys: Readonly<Record<string, unknown>> = {}): ServiceSpec {
  const parsed = parseServices({ services: [{ name: 'web', image: 'nginx:1', ...keys }] });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [first] = parsed.specs;
  assert.ok(first);
  return first;
}
