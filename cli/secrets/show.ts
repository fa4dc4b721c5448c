// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference

import type { ChangedSecret, SecretBody, SecretUsage, SecretUse } from '../../src/contract/secrets.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import { list } from '../output/words.ts';
import type { Session } from '../session.ts';

type Showing = Pick<Session, 'output' | 'now'>;

const SECRETS: readonly Column[] = [
  { title: 'KEY' },
  { title: 'PROJECT' },
  { title: 'VERSION', align: 'right' },
  { title: 'FINGERPRINT' },
  { title: 'CHANGED' },
  { title: 'BY', shrinks: true },
  { title: 'USED BY', shrinks: true },
];

export async function showSecrets({ output, now }: Showing, secrets: readonly SecretBody[]): Promise<void> {
  if (output.json) return output.emit({ secrets });
  if (secrets.length === 0) return output.note('no secrets yet', 'try: orca secrets set KEY --project NAME');
  const rows = secrets.map((one) => [
    output.style.strong(one.key),
    one.project ?? `(cluster: ${one.grant.join(',') || 'no project'})`,
    String(one.version),
    one.fingerprint,
    `${age(now() - one.updated_at)} ago`,
    harmless(one.updated_by),
    one.used_by.map((use) => useText(use, one.version)).join(', '),
  ]);
  return output.print(...table(SECRETS, rows, output.width));
}

/** One that runs with an older version is told apart. */
const useText = ({ project, service, version }: SecretUse, newest: number): string =>
  `${project}/${service}${version === newest ? '' : ` (version ${version})`}`;

const VERSIONS: readonly Column[] = [
  { title: 'VERSION', align: 'right' },
  { title: 'FINGERPRINT' },
  { title: 'SET' },
  { title: 'BY', shrinks: true },
  { title: 'USED BY', shrinks: true },
];

export async function showUsage({ output, now }: Showing, usage: SecretUsage): Promise<void> {
  if (output.json) return output.emit(usage);
  const rows = usage.versions.map((one) => [
    String(one.version),
    one.fingerprint,
    `${age(now() - one.created_at)} ago`,
    harmless(one.created_by),
    `${one.used_by.map(revisionText).join(', ') || '-'}${one.revoked ? output.style.warn(' (revoked)') : ''}`,
  ]);
  return output.print(...table(VERSIONS, rows, output.width));
}

const revisionText = ({ project, service, revision, current }: SecretUsage['versions'][number]['used_by'][number]) =>
  `${project}/${service} revision ${revision}${current ? ' (now)' : ''}`;

const namesOf = (uses: readonly SecretUse[]): string =>
  list(uses.map(({ project, service }) => `${project}/${service}`));

/** What was set, and who has yet to take it. */
export function toldOfChanges(
  output: Session['output'],
  changed: readonly ChangedSecret[],
  uses: readonly SecretUse[],
  now: boolean,
): void {
  for (const { key, version, fingerprint, changed: isNew } of changed) {
    output.note(`${key}: ${isNew ? 'version' : 'unchanged, version'} ${version} (${fingerprint})`);
  }
  const [served, taking] = [uses.filter((use) => use.certificate), uses.filter((use) => !use.certificate)];
  if (served.length > 0)
    output.note(`certificate of ${namesOf(served)}: orca serves the newest version, no deploy needed`);
  if (now || (served.length > 0 && taking.length === 0)) return;
  output.note(
    taking.length === 0
      ? 'no service uses it yet: write ${secrets.KEY} in a value of env'
      : `used by ${namesOf(taking)}, from the next deploy on; add --now to replace their tasks at once`,
  );
}
