import { isEngineTime, isPlaneTime } from '../clock.ts';
import { isNames } from '../names/is-names.ts';
import type { Names } from '../names/names.ts';
import { isSeriesTraffic, MOST_SERIES } from '../traffic/messages.ts';
import { isCertificateSet } from './certificates.ts';
import { isCount, isList, isNumber, isRecord, isText } from './checks.ts';
import { parseAuthority } from './host.ts';
import { isListChange } from './list-change.ts';
import type { FromDataPlane, TargetHealth, TargetStats, ToDataPlane, Unreached, WorkerStatus } from './protocol.ts';
import type { DataPlaneSettings } from './settings.ts';
import {
  type OtherTasks,
  type PeerPlane,
  type Pool,
  type Probe,
  REDIRECTS,
  type Route,
  type RouteTls,
  type Share,
  SPLIT_BY,
  type Split,
  type Table,
  type TableId,
  type Target,
} from './table.ts';
import { isTableChange } from './table-change.ts';

/** Reads one line of the control protocol; undefined when it is not a message as it should be. Neither side trusts the other. */
export function readToDataPlane(line: string): ToDataPlane | undefined {
  const message = parse(line);
  if (!isRecord(message)) return undefined;
  switch (message['type']) {
    case 'hello':
      return isHello(message) ? message : undefined;
    case 'table':
      return isTable(message['table']) ? { type: 'table', table: message['table'] } : undefined;
    case 'relay':
      return isText(message['certificate']) && isList(message['ca'], isText)
        ? { type: 'relay', certificate: message['certificate'], ca: message['ca'] }
        : undefined;
    case 'certificates':
      return isCertificateSet(message['set']) ? { type: 'certificates', set: message['set'] } : undefined;
    case 'change':
      return isTableChange(message['change']) ? { type: 'change', change: message['change'] } : undefined;
    case 'stop':
      return isCount(message['grace']) ? { type: 'stop', grace: message['grace'] } : undefined;
    default:
      return undefined;
  }
}

/** The other direction. */
export function readFromDataPlane(line: string): FromDataPlane | undefined {
  const message = parse(line);
  return isRecord(message) && isReport(message) ? message : undefined;
}

/** A table as a data plane may serve it: every field in its type, every name of a pool or target the name of one. */
export const isTable = (value: unknown): value is Table => isTableAsOf(value, NOTHING_SEEN);

/** The same of one table after the other: what is the same object as before is not looked at again. */
export function createTableCheck(): (value: unknown) => value is Table {
  const seen = { targets: once(isTarget), pools: once(isPool), routes: once(isRoute), names: once(isNames) };
  return (value): value is Table => isTableAsOf(value, seen);
}

interface Looks {
  readonly targets: (v: unknown) => v is Target;
  readonly pools: (v: unknown) => v is Pool;
  readonly routes: (v: unknown) => v is Route;
  readonly names: (v: unknown) => v is Names;
}

/** Whether a thing is one is found once. */
function once<T>(is: (v: unknown) => v is T): (v: unknown) => v is T {
  const found = new WeakSet<object>();
  return (v): v is T => {
    if (isRecord(v) && found.has(v)) return true;
    const isOne = is(v);
    if (isOne && isRecord(v)) found.add(v);
    return isOne;
  };
}

function isTableAsOf(value: unknown, is: Looks): value is Table {
  if (!isRecord(value) || !isTableId(value['id'])) return false;
  const { targets, pools, routes }: { targets?: unknown; pools?: unknown; routes?: unknown } = value;
  if (!isList(targets, is.targets) || !isList(pools, is.pools) || !isList(routes, is.routes)) return false;
  if (value['names'] !== undefined && !is.names(value['names'])) return false;
  const { peers = [] }: { peers?: unknown } = value;
  if (!isList(peers, isPeer)) return false;
  const tasks = namesOf(targets.map(({ task }) => task));
  const names = namesOf(pools.map(({ name }) => name));
  const nodes = namesOf(peers.map(({ node }) => node));
  if (!tasks || !names || !nodes) return false;
  const isKnown = ({ targets: own, others = [] }: Share): boolean =>
    own.every((task) => tasks.has(task)) && others.every(({ node }) => nodes.has(node));
  const isServed = ({ shares }: Pool): boolean => shares.every(isKnown);
  return pools.every(isServed) && routes.every(({ pool }) => names.has(pool));
}

/** Undefined if one stands there twice. */
function namesOf(names: readonly string[]): ReadonlySet<string> | undefined {
  const known = new Set(names);
  return known.size === names.length ? known : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

type Hello = Extract<ToDataPlane, { type: 'hello' }>;
type Fields = Readonly<Record<string, unknown>>;

const isHello = (m: Fields): m is Fields & Hello =>
  isCount(m['protocol']) &&
  isText(m['cluster']) &&
  isCount(m['term']) &&
  (m['wants'] === undefined || isList(m['wants'], isText)) &&
  (m['as'] === undefined || m['as'] === 'keeper');

/** What is told is kept: a data plane parses strangers' bytes. */
const MOST_PORTS = 16;

/** Of a data plane; an old one tells neither settings nor locks nor splits. */
const isGreeting = (m: Fields): boolean =>
  isCount(m['protocol']) &&
  isText(m['version']) &&
  isCount(m['pid']) &&
  isPlaneTime(m['startedAt']) &&
  (m['settings'] === undefined || isSettings(m['settings'])) &&
  (m['ports'] === undefined || (isList(m['ports'], isPort) && m['ports'].length <= MOST_PORTS)) &&
  (m['https'] === undefined || isPort(m['https'])) &&
  (m['names'] === undefined || isText(m['names'])) &&
  (m['lacks'] === undefined || isList(m['lacks'], isText)) &&
  (m['splits'] === undefined || isList(m['splits'], isText)) &&
  (m['relay'] === undefined || isRelayOffer(m['relay'])) &&
  (m['takes'] === undefined || isList(m['takes'], isText));

function isReport(m: Fields): m is Fields & FromDataPlane {
  switch (m['type']) {
    case 'hello':
      return isGreeting(m);
    case 'refused':
      return isText(m['reason']);
    case 'workers':
      return isList(m['workers'], isWorker);
    case 'health':
      return isList(m['targets'], isHealth) && (m['at'] === undefined || isPlaneTime(m['at']));
    case 'stats':
      return isList(m['targets'], isStats);
    case 'health-change':
      return isListChange(m['change'], isHealth) && isPlaneTime(m['at']);
    case 'stats-change':
      return isListChange(m['change'], isStats);
    case 'traffic':
      return isList(m['revisions'], isSeriesTraffic) && m['revisions'].length <= MOST_SERIES;
    case 'relay':
      return isMaybeText(m['problem']) && isList(m['unreached'], isUnreached) && m['unreached'].length <= MOST_NODES;
    case 'certificates':
      return (m['id'] === null || isText(m['id'])) && isProblems(m['problems']);
    default:
      return false;
  }
}

/** What is told is kept. */
const MOST_NODES = 10_000;
const isUnreached = (v: unknown): v is Unreached =>
  isRecord(v) && isText(v['node']) && isText(v['error']) && isThrough(v);
/** Of what is told beside `error`. */
export const isThrough = ({ through }: Fields): boolean =>
  through === undefined || (isRecord(through) && isMaybeText(through['error']));

/** So that what workers say is looked at as closely. */
export const isProblems = (v: unknown): v is readonly string[] => isList(v, isText) && v.length <= MOST_NODES;

const isRelayOffer = (v: unknown): boolean => isRecord(v) && isPort(v['port']) && isText(v['key']);

const isPort = (v: unknown): v is number => isCount(v) && v > 0 && v < 65536;
const isFlag = (v: unknown): v is boolean => typeof v === 'boolean';
const isMaybeText = (v: unknown): v is string | undefined => v === undefined || isText(v);
const isPath = (v: unknown): v is string => isText(v) && /^\/[\x21-\x7e]*$/.test(v);
const isHost = (v: unknown): v is string => isText(v) && parseAuthority(v)?.host === v;

const isSettings = (v: unknown): v is DataPlaneSettings => isRecord(v) && Object.values(v).every(isText);

/** As `isProblems`. */
export const isTableId = (v: unknown): v is TableId =>
  isRecord(v) && isText(v['cluster']) && isCount(v['term']) && isCount(v['revision']);

const isRoute = (v: unknown): v is Route =>
  isRecord(v) &&
  isText(v['host']) &&
  isText(v['path']) &&
  v['path'].startsWith('/') &&
  isFlag(v['stripPrefix']) &&
  isText(v['pool']) &&
  (v['tls'] === undefined || isRouteTls(v['tls']));

const isRouteTls = (v: unknown): v is RouteTls =>
  isRecord(v) &&
  REDIRECTS.some((word) => word === v['redirect']) &&
  (v['hsts'] === undefined || (isText(v['hsts']) && /^[\x20-\x7e]*$/.test(v['hsts'])));

const isPool = (v: unknown): v is Pool =>
  isRecord(v) &&
  isText(v['name']) &&
  isText(v['service']) &&
  isList(v['shares'], isShare) &&
  (v['split'] === undefined || isSplit(v['split']));

const isSplitBy = (v: string): boolean => SPLIT_BY.some((by) => by === v);

function isSplit(v: unknown): v is Split {
  if (!isRecord(v) || !isText(v['by']) || !isSplitBy(v['by']) || !isText(v['salt'])) return false;
  return v['by'] === 'header' || v['by'] === 'cookie' ? isText(v['name']) : v['name'] === undefined;
}

const isShare = (v: unknown): v is Share =>
  isRecord(v) &&
  isNumber(v['weight']) &&
  v['weight'] >= 0 &&
  isList(v['targets'], isText) &&
  (v['others'] === undefined || isList(v['others'], isOther));

const isOther = (v: unknown): v is OtherTasks =>
  isRecord(v) && isText(v['node']) && isCount(v['revision']) && isCount(v['weight']);

const isPeer = (v: unknown): v is PeerPlane =>
  isRecord(v) &&
  isText(v['node']) &&
  isMaybeText(v['address']) &&
  isMaybeText(v['through']) &&
  (v['port'] === undefined || isPort(v['port']));

const isTarget = (v: unknown): v is Target =>
  isRecord(v) &&
  isText(v['task']) &&
  isText(v['service']) &&
  isCount(v['revision']) &&
  isText(v['address']) &&
  isPort(v['port']) &&
  isText(v['container']) &&
  isEngineTime(v['startedAt']) &&
  isProbe(v['probe']);

const isProbe = (v: unknown): v is Probe =>
  isRecord(v) &&
  (v['path'] === undefined || isPath(v['path'])) &&
  (v['host'] === undefined || isHost(v['host'])) &&
  isPort(v['port']) &&
  isNumber(v['interval']) &&
  v['interval'] > 0 &&
  isNumber(v['timeout']) &&
  v['timeout'] > 0 &&
  isCount(v['failures']) &&
  v['failures'] > 0;

const isWorker = (v: unknown): v is WorkerStatus =>
  isRecord(v) &&
  isCount(v['id']) &&
  isCount(v['pid']) &&
  (v['table'] === null || isTableId(v['table'])) &&
  isFlag(v['draining']);

const isHealth = (v: unknown): v is TargetHealth =>
  isRecord(v) &&
  isText(v['task']) &&
  isText(v['container']) &&
  isEngineTime(v['startedAt']) &&
  isFlag(v['ready']) &&
  (v['wasReady'] === undefined || isFlag(v['wasReady'])) &&
  isPlaneTime(v['since']) &&
  isCount(v['passes']) &&
  isCount(v['misses']) &&
  isMaybeText(v['error']);

const NOTHING_SEEN: Looks = { targets: isTarget, pools: isPool, routes: isRoute, names: isNames };

export const isStats = (v: unknown): v is TargetStats =>
  isRecord(v) &&
  isText(v['task']) &&
  ['inflight', 'streams', 'requests', 'errors', 'failed'].every((name) => isCount(v[name]));
