import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { partsOf } from '../../../../src/identity/signed/token-parts.ts';
import { verifyAny } from '../../../../src/identity/signed/verify.ts';
import { keyOfJwk, UnusableKey, type VerifyKey } from '../../../../src/identity/signed/verify-key.ts';

interface Vectors {
  readonly groups: readonly {
    readonly comment: string;
    readonly key: Readonly<Record<string, unknown>>;
    readonly tests: readonly {
      readonly id: number;
      readonly comment: string;
      readonly jws: string;
      readonly valid: boolean;
    }[];
  }[];
}

const file = path.resolve(import.meta.dirname, '../../../fixtures/wycheproof-jws.json');
const { groups } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

/** Valid for them and refused here: no JWT has an empty payload, and characters outside of base64url are not skipped. */
const STRICTER: ReadonlySet<number> = new Set([259, 372, 373]);

/** About padding that the vectors have lost: as they are written they are the token that 372 and 373 put a character into, rightly signed. */
const PADDING_LOST: ReadonlySet<number> = new Set([367, 370]);

const keyOf = (jwk: Readonly<Record<string, unknown>>): VerifyKey | undefined => {
  try {
    return keyOfJwk(jwk);
  } catch (error) {
    assert.ok(error instanceof UnusableKey);
    return undefined;
  }
};

/** Google's vectors for verifying signatures: whether one is accepted, by the same code that tokens of issuers go through. */
describe('the signatures of Wycheproof', () => {
  const accepted = async (key: VerifyKey, jws: string): Promise<boolean> =>
    verifyAny(jws, [key], {}).then(
      () => true,
      () => false,
    );

  it('that are invalid are refused, all of them; those that are valid, of keys that are taken, are accepted', async () => {
    const counts = { refused: 0, accepted: 0, unusable: 0 };
    for (const { key: jwk, comment: group, tests } of groups) {
      const key = keyOf(jwk);
      for (const { id, comment, jws, valid } of tests) {
        const verdict = key !== undefined && (await accepted(key, jws));
        const named = `${id} ${group}: ${comment}`;
        if (STRICTER.has(id)) assert.equal(verdict, false, named);
        else if (PADDING_LOST.has(id)) assert.equal(verdict, true, named);
        else if (!valid) assert.equal(verdict, false, named);
        else if (key) assert.equal(verdict, true, named);
        counts[key === undefined ? 'unusable' : verdict ? 'accepted' : 'refused'] += 1;
      }
    }
    assert.ok(counts.refused > 250 && counts.accepted > 10, JSON.stringify(counts));
  });

  it('are of JSON claims before anything is verified: no key is chosen for a payload that is none', () => {
    for (const { tests } of groups) for (const { jws } of tests) assert.equal(partsOf(jws)?.issuer, undefined);
  });
});
