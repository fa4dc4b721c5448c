import { isCount, isList, isNumber, isRecord, isText } from '../../core/route/checks.ts';
import type { Sign } from '../../core/route/contention.ts';
import { isProblems, isStats, isTableId, isThrough } from '../../core/route/messages.ts';
import { isRevisionTraffic } from '../../core/traffic/messages.ts';
import type { FromWorker } from '../worker/messages.ts';

/** Checks what a worker says: it parses strangers' bytes, and may not be itself any more. Undefined when that is no message. */
export const readFromWorker = (message: unknown): FromWorker | undefined =>
  isRecord(message) && isOne(message) ? (message as unknown as FromWorker) : undefined;

function isOne(m: Readonly<Record<string, unknown>>): boolean {
  switch (m['type']) {
    case 'loaded':
    case 'pong':
      return true;
    case 'using':
      return (m['table'] === null || isTableId(m['table'])) && isList(m['targets'], isStats);
    case 'stats':
      return isList(m['targets'], isStats) && (m['idle'] === undefined || isText(m['idle']));
    case 'down':
      return ['task', 'container', 'address', 'error'].every((key) => isText(m[key])) && isNumber(m['startedAt']);
    case 'signs':
      return isList(m['signs'], isSign);
    case 'traffic':
      return isList(m['revisions'], isRevisionTraffic);
    case 'reach':
      return isText(m['node']) && (m['error'] === undefined || isText(m['error'])) && isThrough(m);
    case 'relay':
    case 'carry':
      return m['error'] === undefined || isText(m['error']);
    case 'certificates':
      return isText(m['id']) && isProblems(m['problems']);
    case 'lost-lines':
      return isCount(m['count']);
    default:
      return false;
  }
}

const KINDS: ReadonlySet<unknown> = new Set<Sign['kind']>(['silent', 'released', 'answered', 'concurrent']);
const isSign = (v: unknown): v is Sign => isRecord(v) && isText(v['task']) && KINDS.has(v['kind']);
