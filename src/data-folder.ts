import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sync } from './store/sqlite/sync.ts';

/**
 * Makes the server's data folder (0711): others may pass through it to the data plane's folder, and read nothing. A new one
 * is durable before anything in it is acknowledged, so that a power cut cannot take it away.
 */
export function prepareDataFolder(data: string): void {
  const made = mkdirSync(data, { recursive: true, mode: 0o711 });
  chmodSync(data, 0o711);
  if (made === undefined) return;
  const first = resolve(made).length;
  for (let folder = resolve(data); folder.length >= first; folder = dirname(folder)) sync(dirname(folder));
}
