import type { RevisionDiff } from '../../contract/history.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Revision } from '../../core/model/revision.ts';
import { scopeOf } from '../../core/model/secret.ts';
import type { State } from '../../store/state.ts';
import { changedLines } from './file-lines.ts';

type Change = RevisionDiff['diff'][number];

/**
 * The same diff with what only the store tells: of secrets the fingerprints, of config files the lines.
 *
 * @param showsFiles false for one who may not see what is in files
 */
export async function detailed(
  state: State,
  diff: readonly Change[],
  { from, to, showsFiles }: { readonly from: Revision; readonly to: Revision; readonly showsFiles: boolean },
): Promise<Change[]> {
  const all: Change[] = [];
  for (const change of diff) {
    const { path } = change;
    if (path.startsWith('secrets.')) all.push(await withFingerprints(state, change, from, to));
    else if (path.startsWith('files.') && showsFiles) all.push(await withLines(state, change, from, to));
    else all.push(change);
  }
  return all;
}

async function withFingerprints(state: State, change: Change, from: Revision, to: Revision): Promise<Change> {
  const key = change.path.slice('secrets.'.length);
  const marked = async (value: string | null, { project, spec }: Revision): Promise<string | null> => {
    const pin = Object.hasOwn(spec.secrets ?? {}, key) ? spec.secrets?.[key] : undefined;
    const version = pin && (await state.secretVersions.get(scopeOf(pin, project), key, pin.version))?.value;
    return value === null ? null : `${value}, ${version ? version.fingerprint : 'which is gone'}`;
  };
  return { ...change, from: await marked(change.from, from), to: await marked(change.to, to) };
}

async function withLines(state: State, change: Change, from: Revision, to: Revision): Promise<Change> {
  const target = change.path.slice('files.'.length);
  const [before, after] = [await contentIn(state, from, target), await contentIn(state, to, target)];
  const lines = before && after && changedLines(before, after);
  return lines && lines.length > 0 ? { ...change, lines } : change;
}

/** Undefined for a secret, and for content that cannot be read. */
async function contentIn(state: State, { spec }: Revision, target: string): Promise<Buffer | undefined> {
  const sha256 = spec.files?.find((file) => file.target === target)?.sha256;
  if (sha256 === undefined) return undefined;
  try {
    return await state.files.read(sha256);
  } catch (error) {
    if (error instanceof OrcaError) return undefined;
    throw error;
  }
}
