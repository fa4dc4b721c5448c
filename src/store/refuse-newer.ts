import { NewerRecord } from '../core/model/records/unreadable.ts';
import type { State } from './state.ts';

/** `v` stands first in what is written. */
const VERSION = /^\{"v":(\d+)[,}]/;

/**
 * Looks at every record before anything is done: beside one that a newer orca wrote, nothing that is decided could be relied
 * on. Containers and data plane run on meanwhile.
 *
 * @throws NewerRecord
 */
export async function refuseNewer({ store, ...collections }: State): Promise<void> {
  const kinds = Object.values(collections).filter((one) => typeof one !== 'function');
  for (const { prefix, version } of kinds.flatMap((one) => ('parts' in one ? one.parts : [one]))) {
    for (let after: string | undefined, more = true; more; ) {
      const page = await store.range({ prefix: `${prefix}/`, after });
      for (const { key, value } of page.entries) {
        const found = Number(VERSION.exec(value)?.[1] ?? 0);
        if (found > version) throw new NewerRecord(key, found, version);
      }
      after = page.entries.at(-1)?.key;
      more = page.more;
    }
  }
}
