import { OrcaError } from '../../core/errors.ts';
import { keyOfLogin, type RegistryLogin } from '../../core/model/registry-login.ts';
import { readPlace } from '../../core/registry/place.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';

export interface LoginsOptions {
  readonly state: State;
  readonly vault: Vault;
  readonly engine: Pick<Engine, 'checkLogin'>;
  readonly clock: { now(): number };
}

export interface LoginIntent {
  /** As it was written: `https://Registry.example.com/team-a/`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Whether the registry is asked first. */
  readonly check: boolean;
}

/** Each question to a registry looks through all of them. */
const MAX_LOGINS = 200;

/** Stores an account in place of the one before. @throws OrcaError `invalid`, `conflict`, `unavailable` */
export async function storeLogin(options: LoginsOptions, wish: LoginIntent, caller: Caller): Promise<RegistryLogin> {
  const { state, vault, engine, clock } = options;
  const { username, password } = wish;
  const place = placeIn(wish.host);
  await requireRoom(state, place);
  return vault.sealing(async (seal) => {
    if (wish.check) await engine.checkLogin({ place, username, password });
    const sealed = seal(keyOfLogin(place), password);
    const login = { place, username, password: sealed, createdBy: caller.name, createdAt: clock.now() };
    await state.store.txn({ then: [state.registryLogins.put(login)] });
    return login;
  });
}

async function requireRoom(state: State, place: string): Promise<void> {
  const { records } = await state.registryLogins.listReadable();
  if (records.length < MAX_LOGINS || records.some(({ value }) => value.place === place)) return;
  throw new OrcaError('conflict', `there are ${MAX_LOGINS} registry logins already`, {
    hint: 'remove one first; see `orca registry ls`',
  });
}

/** @throws OrcaError `not_found` */
export async function findLogin(state: State, host: string): Promise<RegistryLogin> {
  const reading = readPlace(host);
  const place = 'value' in reading ? reading.value : host;
  const stored = await state.registryLogins.get(encodeURIComponent(place));
  if (!stored) throw new OrcaError('not_found', `no login of ${place} is stored`, { hint: 'see `orca registry ls`' });
  return stored.value;
}

/** @throws OrcaError `not_found` */
export async function removeLogin(state: State, host: string): Promise<RegistryLogin> {
  const login = await findLogin(state, host);
  await state.store.txn({ then: [state.registryLogins.remove(login)] });
  return login;
}

/** @throws OrcaError `invalid` */
function placeIn(host: string): string {
  const reading = readPlace(host);
  if ('value' in reading) return reading.value;
  throw new OrcaError('invalid', `${reading.message}, found "${host}"`, { hint: reading.hint });
}
