import type { NodeBody } from '../../src/contract/nodes.ts';
import { formatSize } from '../../src/core/format-size.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import type { Session } from '../session.ts';

type Showing = Pick<Session, 'output' | 'now'>;

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'STATUS' },
  { title: 'TASKS', align: 'right' },
  { title: 'INGRESS' },
  { title: 'RELAY' },
  { title: 'CPU' },
  { title: 'MEM FREE' },
  { title: 'DISK FREE' },
  { title: 'SEEN' },
  { title: 'CLOCK' },
  { title: 'CERTIFICATE' },
  { title: 'ADDRESS', shrinks: true },
  { title: 'LABELS', shrinks: true },
  { title: 'REASON', shrinks: true },
  { title: 'ID' },
];

export async function showNodes({ output, now }: Showing, nodes: readonly NodeBody[]): Promise<void> {
  if (output.json) return output.emit({ nodes });
  const rows = nodes.map((node) => [
    node.name,
    statusOf(node),
    String(node.tasks),
    node.ingress ? 'yes' : '',
    wayOf(node),
    cpuOf(node),
    memoryOf(node),
    diskOf(node),
    seenOf(node, now()),
    skewOf(node),
    node.certificate_expires_at === null ? '' : expiry(node.certificate_expires_at, now()),
    harmless(node.address),
    labelsOf(node),
    harmless(node.reason ?? ''),
    node.node_id,
  ]);
  return output.print(...table(COLUMNS, rows, output.width));
}

export async function showNode({ output, now }: Showing, node: NodeBody): Promise<void> {
  if (output.json) return output.emit(node);
  const { capacity } = node;
  const facts: readonly (readonly [string, string])[] = [
    ['name', node.name],
    ['id', node.node_id],
    ['status', [statusOf(node), harmless(node.reason ?? '')].filter(Boolean).join(': ')],
    ['availability', node.availability],
    ['tasks', `${node.tasks}; ${node.runs_services ? 'it takes new ones' : 'it takes no new ones'}`],
    ['ingress', node.ingress ? 'requests come in here' : ''],
    ['data plane', planeOf(node)],
    ['address', `${harmless(node.address)}${node.address_is_set ? ' (set)' : ''}`],
    ['relay', relayOf(node)],
    ['labels', labelsOf(node)],
    ['orca', harmless(node.version ?? '')],
    ['docker', node.engine ? node.engine.version : ''],
    ['cpu', cpuOf(node)],
    ['load', capacity?.load == null ? '' : capacity.load.toFixed(2)],
    ['memory', memoryOf(node)],
    ['disk', capacity?.disk ? `${diskOf(node)}, ${harmless(capacity.disk.path)}` : ''],
    ['seen', capacity ? `${seenOf(node, now())}: cpu, load, memory and disk` : ''],
    ['clock', skewOf(node)],
    ['round trip', node.round_trip_ms === null ? '' : `${node.round_trip_ms} ms`],
    ['heard', node.last_heartbeat === null ? '' : `${age(now() - node.last_heartbeat)} ago`],
    ['joined', node.joined_at === null ? '' : `${age(now() - node.joined_at)} ago`],
    ['certificate', node.certificate_expires_at === null ? '' : expiry(node.certificate_expires_at, now())],
  ];
  return output.print(...facts.flatMap(([title, text]) => (text === '' ? [] : [`${title.padEnd(13)} ${text}`])));
}

const statusOf = ({ status, availability }: NodeBody): string =>
  availability === 'active' ? status : `${status}, ${availability}`;

/** Where other nodes send it requests for tasks of its own. */
function relayOf({ relay }: NodeBody): string {
  if (!relay) return '';
  const place = relay.address === null ? `TCP ${relay.port}` : `${harmless(relay.address)}, TCP ${relay.port}`;
  const how = [wayOf({ relay }), harmless(relay.problem ?? '')].filter(Boolean).join(': ');
  return how === '' ? place : `${place}; ${how}`;
}

function planeOf({ data_plane: plane }: NodeBody): string {
  if (!plane) return '';
  const { connected, version, problems } = plane;
  const how = connected ? `connected, ${harmless(version ?? '')}` : 'not connected';
  return [how, ...problems.map(harmless)].join('; ');
}

/** Of how many CPUs, how many are busy. */
function cpuOf({ capacity }: NodeBody): string {
  if (!capacity) return '';
  const { cpus, cpu_percent: percent } = capacity;
  return percent === null ? String(cpus) : `${(percent / 100).toFixed(1)} of ${cpus}`;
}

/** When it told of its capacity: one that is away tells nothing more. */
const seenOf = ({ capacity }: NodeBody, now: number): string =>
  capacity ? `${age(now - capacity.observed_at)} ago` : '';

const WAYS = {
  direct: 'direct',
  through_agent: 'through the agent',
  unreachable: 'unreachable',
} as const;

/** How requests that come in elsewhere get there. */
const wayOf = ({ relay }: Partial<Pick<NodeBody, 'relay'>>): string => (relay?.state ? WAYS[relay.state] : '');

function memoryOf({ capacity }: NodeBody): string {
  if (!capacity || capacity.memory_free_bytes === null) return '';
  return `${formatSize(capacity.memory_free_bytes)} of ${formatSize(capacity.memory_bytes)}`;
}

const diskOf = ({ capacity }: NodeBody): string =>
  capacity?.disk ? `${formatSize(capacity.disk.free_bytes)} of ${formatSize(capacity.disk.bytes)}` : '';

/** Clocks that differ by less than a second are as good as equal. */
function skewOf({ clock_skew_ms: skew }: NodeBody): string {
  if (skew === null) return '';
  if (Math.abs(skew) < 1_000) return 'ok';
  return `${age(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'behind'}`;
}

const labelsOf = ({ labels }: NodeBody): string =>
  Object.entries(labels)
    .map(([key, value]) => (value === '' ? key : `${key}=${harmless(value)}`))
    .join(',');

export const expiry = (at: number, now: number): string => (at <= now ? 'expired' : `ends in ${age(at - now)}`);
