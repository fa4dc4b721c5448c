import { OrcaError } from '../../core/errors.ts';
import type { State } from '../../store/state.ts';

/**
 * Before something is removed for good: who needs it can be told only while every record of services can be read.
 *
 * @param what is to be removed, as `the volume shop_data`
 * @param project all of them without it
 * @throws OrcaError `unavailable`, naming a record that cannot be read
 */
export async function requireReadable(state: State, what: string, project?: string): Promise<void> {
  const parts = project === undefined ? [] : [project];
  const found = await Promise.all([state.services.listReadable(...parts), state.revisions.listReadable(...parts)]);
  const [first] = found.flatMap(({ unreadable }) => unreadable);
  if (!first) return;
  throw new OrcaError('unavailable', `${what} stays, as it is not known who uses it: ${first.message}`, {
    cause: first,
    hint: first.hint,
    details: { key: first.key },
  });
}
