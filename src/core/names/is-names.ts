import { isCount, isList, isRecord, isText } from '../route/checks.ts';
import type { Far, FarTasks, NamedProject, NamedService, NamedTask, Names } from './names.ts';
import { isServiceAddress, MOST_CARRIED_PORTS } from './service-addresses.ts';

/** Names as a data plane may serve them: every field in its type. */
export const isNames = (v: unknown): v is Names =>
  isRecord(v) && isText(v['subnet']) && isList(v['projects'], isProject) && isList(v['services'], isService);

const isProject = (v: unknown): v is NamedProject => isRecord(v) && isText(v['project']) && isList(v['askers'], isText);

const isService = (v: unknown): v is NamedService =>
  isRecord(v) &&
  isText(v['project']) &&
  isText(v['name']) &&
  isList(v['to'], isText) &&
  isList(v['tasks'], isTask) &&
  (v['far'] === undefined || isFar(v['far']));

const isFar = (v: unknown): v is Far =>
  isRecord(v) &&
  isText(v['address']) &&
  isServiceAddress(v['address']) &&
  isList(v['ports'], isPort) &&
  v['ports'].length <= MOST_CARRIED_PORTS &&
  isList(v['others'], isFarTasks);

const isPort = (v: unknown): v is number => isCount(v) && v > 0 && v < 65536;

const isFarTasks = (v: unknown): v is FarTasks => isRecord(v) && isText(v['node']) && isCount(v['tasks']);

const isTask = (v: unknown): v is NamedTask =>
  isRecord(v) &&
  isText(v['task']) &&
  typeof v['probed'] === 'boolean' &&
  (v['edge'] === undefined || isAddress(v['edge'])) &&
  isRecord(v['addresses']) &&
  Object.values(v['addresses']).every(isAddress);

const isAddress = (v: unknown): boolean => isText(v) && /^(\d{1,3}\.){3}\d{1,3}$/.test(v);
