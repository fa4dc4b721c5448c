import { CERTIFICATES } from '../../core/route/certificates.ts';
import type { CertificatesInUse } from '../../core/route/protocol.ts';
import { type Pool, SPLIT_BY } from '../../core/route/table.ts';
import type { DataPlaneHello } from './connection.ts';

const EARLIER = 'a user of their own for its workers: it was started by an earlier version';

/** Its words are a stranger's: they are cut. */
export function lacksOf(hello: DataPlaneHello | undefined): string | undefined {
  const lacks = hello && (hello.lacks ?? [EARLIER]);
  return lacks?.length ? lacks.join(', ').slice(0, 200) : undefined;
}

/** One that tells of no split divides requests one by one. */
export function unknownSplits(hello: DataPlaneHello | undefined, pools: readonly Pool[]): string | undefined {
  const known = new Set<string>(hello?.splits ?? ['request']);
  const unknown = SPLIT_BY.filter((by) => !known.has(by) && pools.some(({ split }) => split?.by === by));
  return hello === undefined || unknown.length === 0 ? undefined : unknown.join(' or ');
}

/** Undefined of one that serves no TLS; else what it says comes. */
export const certificatesAtFirst = ({ takes }: DataPlaneHello): CertificatesInUse | undefined =>
  takes?.includes(CERTIFICATES) ? { id: null, problems: [] } : undefined;
