import type { ServedCertificate } from '../../core/route/certificates.ts';
import { newestSecret } from '../../store/newest-secret.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';
import type { BroughtNames } from './wanted.ts';

/** The certificates that services bring in secrets, in their newest versions. A missing secret: its names are served without. */
export async function readBrought(
  state: State,
  { open }: Pick<Vault, 'open'>,
  all: readonly BroughtNames[],
): Promise<readonly ServedCertificate[]> {
  const found = await Promise.all(all.map((one) => readOne(state, open, one)));
  return found.flatMap((one) => one ?? []);
}

async function readOne(
  state: State,
  open: Vault['open'],
  { project, names, cert, key }: BroughtNames,
): Promise<ServedCertificate | undefined> {
  const [chain, secret] = await Promise.all([cert, key].map((one) => secretOf(state, open, project, one)));
  return chain === undefined || secret === undefined ? undefined : { names, chain, key: secret };
}

async function secretOf(state: State, open: Vault['open'], project: string, key: string): Promise<string | undefined> {
  const version = await newestSecret(state, project, key);
  return version && open(version.key, version.value.value);
}
