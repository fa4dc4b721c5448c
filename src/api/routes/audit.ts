import { audit as endpoint } from '../../contract/audit.ts';
import type { Audit } from '../../telemetry/audit/audit.ts';
import { sinceOf } from '../logs/since.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface AuditRoutesOptions {
  readonly audit: Audit;
  readonly clock: { now(): number };
}

const DEFAULT = 100;
/** What a line takes in memory, read and told, bytes. */
const LINE_ROOM = 8 * 1024;

export const auditRoutes = ({ audit, clock }: AuditRoutesOptions): readonly Route[] => [
  route(endpoint, async ({ query: { since, limit = DEFAULT, only }, reserve }) => {
    await reserve(limit * LINE_ROOM);
    const from = since === undefined ? undefined : sinceOf(since, clock.now());
    return ok({ entries: await audit.read({ since: from, limit, only }) });
  }),
];
