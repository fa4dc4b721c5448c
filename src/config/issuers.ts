import { readFileSync, statSync } from 'node:fs';
import { didYouMean } from '../core/model/schema/nearest.ts';
import { ROLES } from '../core/model/token.ts';
import type { ClaimMap } from '../identity/signed/claims.ts';
import { keyOfJwk, keyOfPem, keyOfSecret, UnusableKey, type VerifyKey } from '../identity/signed/verify-key.ts';
import { type Misfit, Misfits, type Path } from './misfits.ts';
import type { ValueType } from './values.ts';

/** One of `auth.issuers`: keys that stand there, or an address to ask for them. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: readonly VerifyKey[] | undefined;
  readonly jwksUrl: string | undefined;
  readonly map: readonly ClaimMap[];
}

const MAX_ISSUERS = 50;
const MAX_KEYS = 20;
const MAX_MAPS = 200;

/** Reads the list as JSON. */
export const issuers: ValueType<readonly IssuerSettings[]> = {
  form: 'list of issuers',
  parse: (text) => readIssuers(JSON.parse(text)),
  format: () => '',
};

type Fields = Readonly<Record<string, unknown>>;

/** @throws Misfits all that is wrong */
export function readIssuers(value: unknown): readonly IssuerSettings[] {
  const misfits: Misfit[] = [];
  const found = createReader(misfits).issuers(value);
  const twice = found.findIndex(({ issuer }, n) => found.some((other, m) => m < n && other.issuer === issuer));
  if (twice >= 0)
    misfits.push({ path: [twice, 'issuer'], message: 'given twice; put all of its `map` into one entry' });
  if (misfits.length > 0) throw new Misfits(misfits);
  return found;
}

function createReader(misfits: Misfit[]) {
  const tell = (path: Path, message: string): void => {
    misfits.push({ path, message });
  };

  function list<T>(value: unknown, path: Path, most: number, item: (value: Fields, path: Path) => T): readonly T[] {
    if (!Array.isArray(value) || value.length > most) {
      tell(path, `expected a list of at most ${most}`);
      return [];
    }
    return value.flatMap((each, n) => {
      if (isFields(each)) return [item(each, [...path, n])];
      tell([...path, n], 'expected keys with values');
      return [];
    });
  }

  function text(fields: Fields, key: string, path: Path): string {
    const value = fields[key];
    if (typeof value === 'string' && value !== '' && value.length <= 2000) return value;
    tell([...path, key], value === undefined ? 'is missing' : 'expected text');
    return '';
  }

  function onlyKnown(fields: Fields, known: readonly string[], path: Path): void {
    for (const key of Object.keys(fields).filter((each) => !known.includes(each))) {
      const hint = didYouMean(key, known);
      tell([...path, key], `not known${hint === undefined ? '' : `; ${hint}`}`);
    }
  }

  function issuer(fields: Fields, path: Path): IssuerSettings {
    onlyKnown(fields, ['issuer', 'audience', 'keys', 'jwks_url', 'map'], path);
    const { keys, jwks_url: url } = fields;
    if ((keys === undefined) === (url === undefined)) tell(path, 'expected either `keys` or `jwks_url`');
    const map = fields['map'];
    return {
      issuer: text(fields, 'issuer', path),
      audience: text(fields, 'audience', path),
      keys:
        keys === undefined ? undefined : filled(list(keys, [...path, 'keys'], MAX_KEYS, key), [...path, 'keys']).flat(),
      jwksUrl: url === undefined ? undefined : address(fields, path),
      map: filled(list(isFields(map) ? [map] : map, [...path, 'map'], MAX_MAPS, claimMap), [...path, 'map']),
    };
  }

  function filled<T>(items: readonly T[], path: Path): readonly T[] {
    if (items.length === 0 && !misfits.some((one) => isWithin(one.path, path))) tell(path, 'expected at least one');
    return items;
  }

  function address(fields: Fields, path: Path): string {
    const given = text(fields, 'jwks_url', path);
    if (given !== '' && !isAskable(URL.parse(given)))
      tell([...path, 'jwks_url'], 'expected an https:// address; http:// only on this machine');
    return given;
  }

  function key(fields: Fields, path: Path): readonly VerifyKey[] {
    try {
      return [readKey(fields)];
    } catch (error) {
      if (!(error instanceof UnusableKey) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      tell(path, (error as Error).message);
      return [];
    }
  }

  function claimMap(fields: Fields, path: Path): ClaimMap {
    onlyKnown(fields, ['claims', 'role', 'projects'], path);
    const role = ROLES.find((each) => each === fields['role']);
    if (role === undefined) tell([...path, 'role'], `expected one of ${ROLES.join(', ')}`);
    return {
      claims: claims(fields['claims'], [...path, 'claims']),
      role: role ?? 'viewer',
      projects: projects(fields, path),
    };
  }

  function claims(value: unknown, path: Path): ClaimMap['claims'] {
    if (!isFields(value) || Object.keys(value).length === 0) {
      tell(path, 'expected at least one claim: without one, everybody to whom the issuer gives a token would fit');
      return {};
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, wanted]) => {
        if (!['string', 'number', 'boolean'].includes(typeof wanted) || wanted === '')
          tell([...path, name], 'expected text');
        return [name, String(wanted)];
      }),
    );
  }

  function projects({ projects: value }: Fields, path: Path): readonly string[] | undefined {
    if (value === 'all') return undefined;
    const names: readonly unknown[] = Array.isArray(value) ? value : [];
    if (names.length > 0 && names.every((name) => typeof name === 'string' && /^[a-z][a-z0-9-]{0,62}$/.test(name)))
      return names as readonly string[];
    tell([...path, 'projects'], 'expected a list of projects, or all');
    return [];
  }

  return { issuers: (value: unknown) => list(value, [], MAX_ISSUERS, issuer) };
}

/** A JWK as it is; `{pem}`; or `{secret_file}`, a path to a secret that others may not read. Each may have a `kid`. */
function readKey(fields: Fields): VerifyKey {
  const { kty, pem, secret_file: file, kid } = fields;
  if (kty !== undefined) return keyOfJwk(fields);
  if (typeof pem === 'string') return keyOfPem(pem, kid);
  if (typeof file !== 'string') throw new UnusableKey('expected a JWK (`kty: ...`), `pem` or `secret_file`');
  if ((statSync(file).mode & 0o077) !== 0)
    throw new UnusableKey(`other users can read ${file}: run \`chmod 600 ${file}\``);
  return keyOfSecret(Buffer.from(readFileSync(file, 'utf8').trim()), kid);
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWithin = (path: Path, outer: Path): boolean => outer.every((part, n) => path[n] === part);

/** Without a name and a password in it. */
const isAskable = (url: URL | null): boolean =>
  url !== null && url.username === '' && url.password === '' && (url.protocol === 'https:' || isLocal(url));

const isLocal = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(hostname);
