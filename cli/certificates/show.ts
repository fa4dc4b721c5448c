import type { CertificateBody } from '../../src/contract/certificates.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';

const COLUMNS: readonly Column[] = [
  { title: 'NAME', shrinks: true },
  { title: 'SERVICE', shrinks: true },
  { title: 'ISSUER', shrinks: true },
  { title: 'EXPIRES' },
  { title: 'SOURCE' },
  { title: 'NEXT', shrinks: true },
];

/** The table, and below it what went wrong, with what to do. */
export function certificateLines(
  all: readonly CertificateBody[],
  now: number,
  width: number | undefined,
): readonly string[] {
  const rows = all.map((one) => [
    harmless(one.name),
    `${one.project}/${one.service}`,
    harmless(one.issuer ?? '-'),
    expiresIn(one, now),
    one.source,
    nextStep(one, now),
  ]);
  return [...table(COLUMNS, rows, width), ...all.flatMap((one) => troubleLines(one, now))];
}

function expiresIn({ state, expires_at }: CertificateBody, now: number): string {
  if (expires_at === null) return 'none yet';
  return state === 'expired' ? `${age(now - expires_at)} ago` : `in ${age(expires_at - now)}`;
}

function nextStep({ next, state }: CertificateBody, now: number): string {
  const when = next.at === null ? 'soon' : `in ${age(next.at - now)}`;
  const words: Readonly<Record<typeof next.step, string>> = {
    renew: `renewed ${when}`,
    order: state === 'missing' ? 'being ordered' : 'being renewed',
    queue: 'queued',
    retry: `next try ${when}`,
    agree: 'waits for `orca certs agree`',
    unsignable: 'none: no public CA signs this name',
    replace: 'set its secrets anew before',
  };
  return words[next.step];
}

function troubleLines({ name, next, error }: CertificateBody, now: number): readonly string[] {
  if (error)
    return [
      '',
      `${harmless(name)}: ${harmless(error.message)} (${age(now - error.at)} ago)`,
      ...(error.hint === null ? [] : [`  ${harmless(error.hint)}`]),
    ];
  if (next.step !== 'unsignable') return [];
  return ['', `${harmless(name)}: no public CA signs this name`, '  set `tls: internal` in orca.yml, or `tls: off`'];
}
