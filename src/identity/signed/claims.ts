import type { TokenRecord } from '../../core/model/token.ts';

/** Whoever has all of these claims has this right. */
export interface ClaimMap extends Pick<TokenRecord, 'role' | 'projects'> {
  /** Each is equal to the claim of this name, as text; never none. */
  readonly claims: Readonly<Record<string, string>>;
}

/** The first that fits. Nothing is matched by a part: `acme/shop` is no beginning of `acme/shop-evil`. */
export const rightsOf = (
  payload: Readonly<Record<string, unknown>>,
  maps: readonly ClaimMap[],
): Pick<TokenRecord, 'role' | 'projects'> | undefined => maps.find(({ claims }) => fits(payload, claims));

function fits(payload: Readonly<Record<string, unknown>>, claims: ClaimMap['claims']): boolean {
  const wanted = Object.entries(claims);
  return (
    wanted.length > 0 && wanted.every(([name, text]) => Object.hasOwn(payload, name) && isText(payload[name], text))
  );
}

/** Numbers and booleans as they are written; lists and objects equal no text. */
const isText = (claim: unknown, text: string): boolean =>
  typeof claim === 'string'
    ? claim === text
    : (typeof claim === 'number' || typeof claim === 'boolean') && String(claim) === text;
