import type {
  CertificateRequest,
  EdgeReply,
  GivenEdge,
  Hello,
  HelloReply,
  JoinGreeting,
  JoinRefusal,
  JoinReply,
  JoinRequest,
  KeepLog,
  NewCertificate,
  NodeCheck,
  NodeLog,
  NodeSignal,
  NodeStatus,
  NodeSubnets,
  ReadLog,
  RemoveLog,
} from '../core/nodes/wire.ts';

/** What comes over the wire may be anything: each of these is true only for what has the shape, and is of a sensible size. */
type Fields = Readonly<Record<string, unknown>>;

/** Characters of a certificate or a request for one, of a sentence, of a name or version. */
const [PEM, SENTENCE, WORD] = [16 * 1024, 2000, 253];
/** CAs in force, problems of an edge, subnets of a machine: at most. */
const [CAS, PROBLEMS, SUBNETS] = [8, 16, 2000];

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, most: number): value is string => typeof value === 'string' && value.length <= most;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isCas = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length >= 1 && value.length <= CAS && value.every((one) => isText(one, PEM));
const isAbsentOr = (value: unknown, check: (value: unknown) => boolean): boolean => value === undefined || check(value);
const isRoom = (value: unknown): value is Fields =>
  isFields(value) && isNumber(value['total']) && isNumber(value['free']);

const isCpu = (value: unknown): value is Fields =>
  isFields(value) && isNumber(value['busy']) && isNumber(value['total']);

/** The id of a node: random, made by itself. */
export const isNodeId = (value: unknown): value is string => typeof value === 'string' && /^[a-z2-7]{16}$/.test(value);

/** The version of the wire that is spoken, whatever the rest looks like. */
export const protocolOf = (value: unknown): number | undefined =>
  isFields(value) && isWhole(value['protocol']) ? value['protocol'] : undefined;

export const isJoinGreeting = (value: unknown): value is JoinGreeting =>
  isFields(value) && isWhole(value['protocol']) && isText(value['version'], WORD) && isNumber(value['now']);

export const isJoinRequest = (value: unknown): value is JoinRequest =>
  isFields(value) &&
  isWhole(value['protocol']) &&
  isText(value['secret'], 200) &&
  isText(value['name'], WORD) &&
  isNodeId(value['id']) &&
  isText(value['csr'], PEM) &&
  typeof value['replace'] === 'boolean' &&
  isNumber(value['now']) &&
  isText(value['version'], WORD);

const REFUSALS: readonly JoinRefusal[] = ['secret', 'name', 'protocol', 'invalid', 'unavailable'];

export const isJoinReply = (value: unknown): value is JoinReply =>
  isFields(value) && (value['type'] === 'joined' ? isJoined(value) : isRefusal(value));

const isJoined = (value: Fields): boolean =>
  isText(value['cluster'], WORD) &&
  isNodeId(value['id']) &&
  isText(value['name'], WORD) &&
  isText(value['certificate'], PEM) &&
  isCas(value['ca']) &&
  isNumber(value['now']);

const isRefusal = (value: Fields): boolean =>
  value['type'] === 'refused' &&
  REFUSALS.some((code) => code === value['code']) &&
  isText(value['message'], SENTENCE) &&
  isAbsentOr(value['hint'], (hint) => isText(hint, SENTENCE));

export const isHello = (value: unknown): value is Hello =>
  isFields(value) &&
  isWhole(value['protocol']) &&
  isText(value['cluster'], WORD) &&
  isWhole(value['term']) &&
  isText(value['version'], WORD);

export const isHelloReply = (value: unknown): value is HelloReply =>
  isFields(value) && isWhole(value['protocol']) && isNodeId(value['id']) && isText(value['version'], WORD);

export const isNodeStatus = (value: unknown): value is NodeStatus =>
  isFields(value) &&
  isNumber(value['now']) &&
  isText(value['version'], WORD) &&
  isText(value['address'], WORD) &&
  typeof value['checked'] === 'boolean' &&
  isRoom(value['memory']) &&
  isNumber(value['cpus']) &&
  isAbsentOr(value['cpu'], isCpu) &&
  isNumber(value['load']) &&
  isAbsentOr(value['disk'], (disk) => isRoom(disk) && isText(disk['path'], 4096)) &&
  isAbsentOr(value['dockerProblem'], (problem) => isText(problem, SENTENCE)) &&
  isAbsentOr(value['edgeProblems'], areProblems);

export const isNodeCheck = (value: unknown): value is NodeCheck =>
  isFields(value) && isAbsentOr(value['problem'], (problem) => isText(problem, SENTENCE));

export const isCertificateRequest = (value: unknown): value is CertificateRequest =>
  isFields(value) && isText(value['csr'], PEM);

export const isNewCertificate = (value: unknown): value is NewCertificate =>
  isFields(value) && isText(value['certificate'], PEM) && isCas(value['ca']);

const areProblems = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= PROBLEMS && value.every((one) => isText(one, SENTENCE));

/** It becomes part of paths, and of command lines. */
const INTERFACE = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/;
const isAddress = (value: unknown): boolean => typeof value === 'string' && /^\d{1,3}(\.\d{1,3}){3}$/.test(value);

export const isGivenEdge = (value: unknown): value is GivenEdge =>
  isFields(value) &&
  isText(value['network'], WORD) &&
  isText(value['subnet'], WORD) &&
  isAddress(value['gateway']) &&
  typeof value['bridge'] === 'string' &&
  INTERFACE.test(value['bridge']) &&
  typeof value['ingress'] === 'boolean';

export const isEdgeReply = (value: unknown): value is EdgeReply => isFields(value) && areProblems(value['problems']);

export const isNodeSubnets = (value: unknown): value is NodeSubnets => {
  const subnets = isFields(value) ? value['subnets'] : undefined;
  return Array.isArray(subnets) && subnets.length <= SUBNETS && subnets.every(isSubnet);
};

const isSubnet = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(value);

export const isNodeSignal = (value: unknown): value is NodeSignal =>
  isFields(value) &&
  typeof value['container'] === 'string' &&
  /^[0-9a-f]{64}$/.test(value['container']) &&
  isWhole(value['pid']) &&
  value['pid'] > 1 &&
  typeof value['signal'] === 'string' &&
  /^SIG[A-Z0-9]{2,10}$/.test(value['signal']);

const isTask = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,200}$/.test(value);

export const isKeepLog = (value: unknown): value is KeepLog =>
  isFields(value) && isTask(value['task']) && isWhole(value['tail']);

export const isReadLog = (value: unknown): value is ReadLog =>
  isFields(value) &&
  isTask(value['task']) &&
  isAbsentOr(value['tail'], isWhole) &&
  isAbsentOr(value['since'], isNumber);

export const isRemoveLog = (value: unknown): value is RemoveLog => isFields(value) && isTask(value['task']);

export const isNodeLog = (value: unknown): value is NodeLog =>
  isFields(value) && isTask(value['task']) && isNumber(value['at']) && isNumber(value['bytes']);

/** A line of a log, as the node writes it. */
export const isLogRecord = (value: unknown): value is readonly [number, 'stdout' | 'stderr', string] =>
  Array.isArray(value) &&
  value.length === 3 &&
  isNumber(value[0]) &&
  (value[1] === 'stdout' || value[1] === 'stderr') &&
  typeof value[2] === 'string';

/** Why something was refused, of its answer. */
export const messageOf = (value: unknown): string =>
  isFields(value) && isText(value['message'], SENTENCE) ? value['message'] : 'no reason was given';

/** What was asked for is not there, of a refusal. */
export const isNotFound = (value: unknown): boolean => isFields(value) && value['kind'] === 'not_found';

/** The highest term that a node has seen, of its refusal of a lower one. */
export const termOf = (value: unknown): number | undefined =>
  isFields(value) && isWhole(value['term']) ? value['term'] : undefined;
