import { OrcaError } from '../../core/errors.ts';
import { keyOfAuthority, type NodeAuthority } from '../../core/model/node-authority.ts';
import { type Authority, makeAuthority } from '../../identity/certificates/authority.ts';
import { readCertificate } from '../../identity/certificates/certificate.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { Compare, Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import type { Seal, Vault } from '../../vault/vault.ts';
import { takeCensus } from './census.ts';

export interface AuthoritiesOptions {
  readonly state: State;
  readonly vault: Pick<Vault, 'sealing' | 'open'>;
  readonly clock: { now(): number };
}

const TRIES = 5;

/** Those in force, the one that signs first. While one takes the place of another there are two. */
export async function authoritiesInForce(state: State): Promise<readonly Stored<NodeAuthority>[]> {
  const all = await state.nodeAuthorities.list();
  return all.toSorted(({ value: a }, { value: b }) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

/** The one that the master shows its certificate of: the oldest, as there may be nodes that know no other yet. */
export const shownOf = <T>(inForce: readonly T[]): T | undefined => inForce.at(-1);

/** @throws OrcaError `unavailable` without the vault's key */
export const openAuthority = (vault: Pick<Vault, 'open'>, { id, certificate, key }: NodeAuthority): Authority => ({
  certificate,
  key: vault.open(keyOfAuthority(id), key),
});

/**
 * Makes the cluster's first CA unless there is one; two that come together make one.
 * @returns those in force, the one that signs first. @throws OrcaError `unavailable` without the vault's key
 */
export async function ensureAuthority(options: AuthoritiesOptions): Promise<readonly NodeAuthority[]> {
  const { state } = options;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const census = await takeCensus(state);
    const found = await authoritiesInForce(state);
    if (found.length > 0) return found.map(({ value }) => value);
    await add(options, [census.compare], [census.counted]);
  }
  throw changedOften();
}

/**
 * A second CA, which signs from now on: nodes get certificates of it, and the first is dropped once all have theirs.
 * @throws OrcaError `conflict` while this is under way already, `not_found` if there is none yet
 */
export async function beginRotation(options: AuthoritiesOptions, event: (at: number) => Op): Promise<NodeAuthority> {
  const { state, clock } = options;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const census = await takeCensus(state);
    const [current, second] = await authoritiesInForce(state);
    if (!current)
      throw new OrcaError('not_found', 'the cluster has no CA yet', { hint: 'it is made with `orca node token`' });
    if (second)
      throw new OrcaError('conflict', 'the CA is being replaced already', {
        hint: 'wait until all nodes have their certificates, or end it without those that are away: orca node rotate-ca --finish',
      });
    const then = [census.counted, event(clock.now())];
    const made = await add(options, [census.compare, unchanged(current)], then, current.value.createdAt + 1);
    if (made) return made;
  }
  throw changedOften();
}

/**
 * Drops the old CA; undefined if there is none. Join lines that name it are over.
 * @param compare what it was decided on
 */
export async function dropOldAuthority(
  state: State,
  compare: readonly Compare[],
  event: Op,
): Promise<NodeAuthority | undefined> {
  const census = await takeCensus(state);
  const [current, old] = await authoritiesInForce(state);
  if (!current || !old) return undefined;
  const { succeeded } = await state.store.txn({
    compare: [census.compare, unchanged(current), unchanged(old), ...compare],
    then: [census.counted, state.nodeAuthorities.remove(old.value), state.joinSecrets.removeAll(), event],
  });
  return succeeded ? old.value : undefined;
}

async function add(
  { state, vault, clock }: AuthoritiesOptions,
  compare: readonly Compare[],
  then: readonly Op[],
  notBefore = 0,
): Promise<NodeAuthority | undefined> {
  const identity = await state.cluster.get('identity');
  const createdAt = Math.max(clock.now(), notBefore);
  const made = await makeAuthority(identity?.value.id ?? '', clock.now());
  return vault.sealing(async (seal) => {
    const record = recordOf(made, createdAt, seal);
    const { succeeded } = await state.store.txn({ compare, then: [...then, state.nodeAuthorities.put(record)] });
    return succeeded ? record : undefined;
  });
}

function recordOf({ certificate, key }: Authority, createdAt: number, seal: Seal): NodeAuthority {
  const id = readCertificate(certificate).digest;
  return { id, certificate, key: seal(keyOfAuthority(id), key), createdAt };
}

const changedOften = (): OrcaError =>
  new OrcaError('conflict', `the nodes were changed by others ${TRIES} times in a row`, { hint: 'try again' });
