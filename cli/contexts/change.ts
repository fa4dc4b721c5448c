import type { Document } from 'yaml';
import { type ContextEntry, readConfigFile } from '../config-file.ts';
import { readUserFile } from '../user-file.ts';
import { writePrivately } from './write-privately.ts';

/** Puts a context into the configuration file, and makes it the current one. Comments and all else there stay. */
export const setContext = (path: string, name: string, { api, token }: ContextEntry): Promise<void> =>
  change(path, (document) => {
    document.setIn(['contexts', name], document.createNode(token === undefined ? { api } : { api, token }));
    document.setIn(['current'], name);
  });

export const setCurrent = (path: string, name: string): Promise<void> =>
  change(path, (document) => document.setIn(['current'], name));

/** Takes it away with its token. */
export const removeContext = (path: string, name: string): Promise<void> =>
  change(path, (document) => {
    document.deleteIn(['contexts', name]);
    if (document.get('current') === name) document.delete('current');
  });

async function change(path: string, edit: (document: Document) => void): Promise<void> {
  await readConfigFile(path); // one that is not understood is not written over
  const { parseDocument } = (await import('yaml')).default;
  const document = parseDocument((await readUserFile(path)) ?? '') as unknown as Document;
  edit(document);
  await writePrivately(path, document.toString());
}
