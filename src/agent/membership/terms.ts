import { OrcaError } from '../../core/errors.ts';
import { writePrivately } from '../../identity/write-privately.ts';
import type { NodeFiles } from './files.ts';
import { readIfThere } from './read-file.ts';

/** The highest term that any master has greeted this node with: a lower one is a master that was replaced. */
export interface Terms {
  highest(): number;
  /** Resolves once it is on the disk. */
  remember(term: number): Promise<void>;
}

/** @throws OrcaError `unavailable` for a damaged one: a node that forgot it would serve a master that was replaced */
export async function openTerms({ term: file }: NodeFiles): Promise<Terms> {
  let highest = readTerm(await readIfThere(file), file);
  let writing = Promise.resolve();
  return {
    highest: () => highest,
    remember: (term) => {
      writing = writing
        .catch(() => undefined)
        .then(async () => {
          if (term <= highest) return;
          await writePrivately(file, `${term}\n`);
          highest = term;
        });
      return writing;
    },
  };
}

function readTerm(text: string | undefined, file: string): number {
  if (text === undefined) return 0;
  const term = Number(text);
  if (/^\d{1,15}\n?$/.test(text) && Number.isSafeInteger(term)) return term;
  throw new OrcaError('unavailable', `${file} holds no term of a master`, {
    hint: 'put back what was there; or join again with a line of `orca node token`',
  });
}
