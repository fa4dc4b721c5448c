import type { NodeCheck } from '../../core/nodes/wire.ts';
import { writePrivately } from '../../identity/write-privately.ts';
import type { NodeFiles } from './files.ts';
import { readIfThere } from './read-file.ts';

/** Whether a master has run and answered a container here. */
export interface PastCheck {
  /** What the last one said; undefined: none has tried yet. */
  last(): NodeCheck | undefined;
  /** One that went well is kept. */
  keep(check: NodeCheck): Promise<void>;
}

export async function openPastCheck({ checked: file }: NodeFiles): Promise<PastCheck> {
  let last: NodeCheck | undefined = (await readIfThere(file)) === undefined ? undefined : {};
  return {
    last: () => last,
    keep: async (check) => {
      if (check.problem === undefined) await writePrivately(file, '');
      last = check;
    },
  };
}
