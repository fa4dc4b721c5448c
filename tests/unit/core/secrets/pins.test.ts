// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseServices } from '../../../../src/core/model/schema/parse-services.ts';
import { CLUSTER_SCOPE, type Secret, scopeOf } from '../../../../src/core/model/secret.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import { type KnownSecrets, pinSecrets } from '../../../../src/core/secrets/pins.ts';
import { secretReferences } from '../../../../src/core/secrets/references.ts';

const KEYS = ['A', 'B', 'C'] as const;

function specOf(keys: readonly string[]): ServiceSpec {
  const env = Object.fromEntries(keys.map((key, n) => [`V${n}`, `x\${secrets.${key}}y`]));
  const parsed = parseServices({ services: [{ name: 'web', project: 'shop', image: 'a', env }] });
  return parsed.ok ? (parsed.specs[0] ?? assert.fail()) : assert.fail(JSON.stringify(parsed));
}

const head = fc.record({
  latest: fc.integer({ min: 1, max: 5 }),
  removed: fc.boolean(),
  granted: fc.boolean(),
});
const world = fc.record({
  used: fc.uniqueArray(fc.constantFrom(...KEYS)),
  own: fc.dictionary(fc.constantFrom(...KEYS), head),
  shared: fc.dictionary(fc.constantFrom(...KEYS), head),
  kept: fc.dictionary(
    fc.constantFrom(...KEYS),
    fc.record({
      scope: fc.constantFrom('project' as const, 'cluster' as const),
      version: fc.integer({ min: 1, max: 5 }),
    }),
  ),
  usable: fc.uniqueArray(
    fc.tuple(fc.constantFrom('shop', CLUSTER_SCOPE), fc.constantFrom(...KEYS), fc.integer({ min: 1, max: 5 })),
    {
      selector: String,
    },
  ),
});

test('a pin is a kept version that may be used, else the newest of the project, else of the cluster by grant; or it is missing', () => {
  fc.assert(
    fc.property(world, ({ used, own, shared, kept, usable }) => {
      const known: KnownSecrets = {
        find: (scope, key) => {
          const found = (scope === CLUSTER_SCOPE ? shared : own)[key as 'A'];
          if (!found) return undefined;
          const grants = scope === CLUSTER_SCOPE && found.granted ? ['shop'] : ['blog'];
          const secret: Secret = { scope, key, latest: found.latest, grants, updatedAt: 0, updatedBy: 'x' };
          return found.removed ? { ...secret, removed: true } : secret;
        },
        isUsable: (...id) => usable.some((one) => String(one) === String(id)),
      };
      const spec = specOf(used);
      const { secrets = {}, missing, renewed } = pinSecrets(spec, known, kept);
      assert.deepEqual(
        [...Object.keys(secrets), ...missing.map(({ key }) => key)].sort(),
        [...new Set(secretReferences(spec).map(({ key }) => key))].sort(),
      );
      for (const [key, pin] of Object.entries(secrets)) {
        const before = kept[key as 'A'];
        const isKept = before !== undefined && before.scope === pin.scope && before.version === pin.version;
        const newest = known.find(scopeOf(pin, 'shop'), key);
        assert.ok(isKept || (newest && !newest.removed && newest.latest === pin.version), key);
        if (pin.scope === 'cluster') assert.ok(known.find(CLUSTER_SCOPE, key)?.grants.includes('shop'), 'granted');
        if (before && !isKept)
          assert.ok(
            renewed.some((one) => one.key === key),
            'it is told',
          );
      }
    }),
    { numRuns: 300 },
  );
});
