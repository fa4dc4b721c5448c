import { isList, isRecord, isText } from '../route/checks.ts';
import type { NamedProject, NamedService, NamedTask, Names } from './names.ts';

/** Names as a data plane may serve them: every field in its type. */
export const isNames = (v: unknown): v is Names =>
  isRecord(v) && isText(v['subnet']) && isList(v['projects'], isProject) && isList(v['services'], isService);

const isProject = (v: unknown): v is NamedProject => isRecord(v) && isText(v['project']) && isList(v['askers'], isText);

const isService = (v: unknown): v is NamedService =>
  isRecord(v) && isText(v['project']) && isText(v['name']) && isList(v['to'], isText) && isList(v['tasks'], isTask);

const isTask = (v: unknown): v is NamedTask =>
  isRecord(v) &&
  isText(v['task']) &&
  typeof v['probed'] === 'boolean' &&
  isRecord(v['addresses']) &&
  Object.values(v['addresses']).every(isAddress);

const isAddress = (v: unknown): boolean => isText(v) && /^(\d{1,3}\.){3}\d{1,3}$/.test(v);
