import { notFound, OrcaError } from '../../core/errors.ts';
import { CLUSTER_SCOPE, type Secret, type SecretVersion } from '../../core/model/secret.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { Compare, Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import type { Seal, Vault } from '../../vault/vault.ts';
import { requireReadable } from '../observing/require-readable.ts';
import type { SecretFingerprint } from './fingerprint.ts';
import { needs, servicesWithSecrets } from './users.ts';

export interface ManagingOptions {
  readonly state: State;
  readonly vault: Vault;
  readonly fingerprint: SecretFingerprint;
  readonly clock: { now(): number };
}

/** Of one scope. */
const MAX_SECRETS = 1_000;
/** Secrets in one transaction: each takes a comparison and a few operations. */
const AT_ONCE = 20;
/** Versions that are revoked in one transaction. */
const REVOKED_AT_ONCE = 100;

/** @throws OrcaError `not_found` for a project that is not the caller's, `invalid` where one of some projects names none */
export function scopeFor(caller: Caller, project: string | undefined): string {
  if (project !== undefined && reaches(caller, project)) return project;
  if (project !== undefined) throw notFound('project', project);
  if (caller.projects === undefined) return CLUSTER_SCOPE;
  throw new OrcaError('invalid', 'secrets of the cluster take an admin of all projects', {
    hint: `say with ?project= which project it is for: ${caller.projects.join(', ')}`,
  });
}

export interface Setting {
  readonly scope: string;
  readonly values: Readonly<Record<string, string>>;
  readonly revoke?: boolean | undefined;
  readonly grant?: readonly string[] | undefined;
}

interface Set {
  readonly key: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly changed: boolean;
}

/**
 * Writes new versions of secrets down, some at a time; those whose value stays are left as they are. Cut short, it is done
 * again and does what is left.
 *
 * @throws OrcaError `invalid`, `conflict`, `unavailable`
 */
export async function setSecrets(options: ManagingOptions, setting: Setting, caller: Caller): Promise<readonly Set[]> {
  const { scope, values, grant } = setting;
  if (scope !== CLUSTER_SCOPE && grant) {
    throw new OrcaError('invalid', `a secret of the project ${scope} cannot be granted to others`, {
      hint: 'leave `project` out: then it is a secret of the cluster',
    });
  }
  await requireRoom(options.state, scope, Object.keys(values));
  const entries = Object.entries(values);
  const done: Set[] = [];
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    done.push(...(await setSome(options, setting, entries.slice(at, at + AT_ONCE), caller)));
  }
  if (setting.revoke) for (const { key, version } of done) await revokeBefore(options.state, scope, key, version);
  return done;
}

/** All versions before one: no rollback brings them back. */
async function revokeBefore(state: State, scope: string, key: string, latest: number): Promise<void> {
  const versions = await state.secretVersions.list(scope, key);
  const old = versions.filter(({ value }) => value.number < latest && !value.revoked);
  for (let at = 0; at < old.length; at += REVOKED_AT_ONCE) {
    const some = old.slice(at, at + REVOKED_AT_ONCE);
    const { succeeded } = await state.store.txn({
      compare: some.map(unchanged),
      then: some.map(({ value }) => state.secretVersions.put({ ...value, revoked: true })),
    });
    if (!succeeded) throw changedMeanwhile();
  }
}

async function requireRoom(state: State, scope: string, keys: readonly string[]): Promise<void> {
  const { records } = await state.secrets.listReadable(scope);
  const all = new Set([...records.map(({ value }) => value.key), ...keys]);
  if (all.size <= MAX_SECRETS) return;
  throw new OrcaError('invalid', `more than ${MAX_SECRETS} secrets`, { hint: 'remove some with `orca secrets rm`' });
}

type Entries = readonly (readonly [key: string, value: string])[];

async function setSome(options: ManagingOptions, setting: Setting, entries: Entries, caller: Caller) {
  const { state, vault } = options;
  return vault.sealing(async (seal) => {
    const changes = await Promise.all(entries.map((entry) => change(options, setting, entry, { caller, seal })));
    const [compare, then] = [changes.flatMap((one) => one.compare), changes.flatMap((one) => one.then)];
    if (then.length > 0 && !(await state.store.txn({ compare, then })).succeeded) {
      throw changedMeanwhile();
    }
    return changes.map(({ result }) => result);
  });
}

const changedMeanwhile = (): OrcaError =>
  new OrcaError('conflict', 'a secret was changed by another meanwhile', { hint: 'set it again' });

interface Change {
  readonly compare: readonly Compare[];
  readonly then: readonly Op[];
  readonly result: Set;
}

async function change(
  { state, vault, fingerprint, clock }: ManagingOptions,
  { scope, grant }: Setting,
  [key, value]: Entries[number],
  { caller, seal }: { readonly caller: Caller; readonly seal: Seal },
): Promise<Change> {
  const head = await state.secrets.get(scope, key);
  const current =
    head && !head.value.removed ? await state.secretVersions.get(scope, key, head.value.latest) : undefined;
  const changed = !current || vault.open(current.key, current.value.value) !== value;
  const latest = (head?.value.latest ?? 0) + (changed ? 1 : 0);
  const place = state.secretVersions.key(scope, key, latest);
  const mark = fingerprint(place, value);
  const [now, by] = [clock.now(), caller.name];
  const kept = head?.value.removed ? [] : (head?.value.grants ?? []);
  const secret: Secret = { scope, key, latest, grants: [...(grant ?? kept)], updatedAt: now, updatedBy: by };
  const version: SecretVersion = {
    scope,
    key,
    number: latest,
    value: seal(place, value),
    fingerprint: mark,
    createdAt: now,
    createdBy: by,
  };
  const isTouched = changed || grant !== undefined;
  return {
    compare: isTouched ? [head ? unchanged(head) : state.secrets.absent(secret)] : [],
    then: [...(isTouched ? [state.secrets.put(secret)] : []), ...(changed ? [state.secretVersions.put(version)] : [])],
    result: { key, version: latest, fingerprint: mark, changed },
  };
}

/** @throws OrcaError `not_found` */
export async function findSecret(state: State, scope: string, key: string): Promise<Stored<Secret>> {
  const found = await state.secrets.get(scope, key);
  if (found && !found.value.removed) return found;
  throw notFound('secret', key);
}

/**
 * Takes a secret away with all its versions. Its number goes on, should it be set again: old revisions must not take the new
 * value for the one they ran with.
 *
 * @throws OrcaError `not_found`; `conflict` while a service wants it, runs with it, or serves it as a certificate; `unavailable` while it is not known whether one does
 */
export async function removeSecret(
  options: ManagingOptions,
  scope: string,
  key: string,
  caller: Caller,
): Promise<void> {
  const { state, clock } = options;
  const head = await findSecret(state, scope, key);
  const [counter, removals] = [await state.cluster.get('deployment'), await state.cluster.get('removals')];
  await requireReadable(state, `the secret ${key}`, scope === CLUSTER_SCOPE ? undefined : scope);
  const users = (await servicesWithSecrets(state, scope))
    .filter(({ revisions }) => revisions.some((one) => needs(one, scope, key)))
    .map(({ service }) => `${service.project}/${service.name}`);
  if (users.length > 0) throw inUse(key, users);
  const removed: Secret = { ...head.value, grants: [], removed: true, updatedAt: clock.now(), updatedBy: caller.name };
  const { succeeded } = await state.store.txn({
    compare: [
      unchanged(head),
      counter ? unchanged(counter) : state.cluster.absent({ name: 'deployment' }),
      removals ? unchanged(removals) : state.cluster.absent({ name: 'removals' }),
    ],
    then: [
      state.secrets.put(removed),
      state.secretVersions.removeAll(scope, key),
      state.cluster.put({ name: 'removals', number: (removals?.value.number ?? 0) + 1 }),
    ],
  });
  if (!succeeded) throw new OrcaError('conflict', 'something was deployed meanwhile', { hint: 'try again' });
}

const inUse = (key: string, users: readonly string[]): OrcaError =>
  new OrcaError('conflict', `the secret ${key} is used by ${users.slice(0, 10).join(', ')}`, {
    hint: 'deploy them without it first, or remove them',
    details: { used_by: users.slice(0, 100) },
  });
