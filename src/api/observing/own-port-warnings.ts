import { type OwnPort, ownPortWarning } from '../../core/rollout/own-ports.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';

/** Services that shall run and publish a port of orca's, a sentence each: orca was started there after they were deployed. */
export async function ownPortWarnings(state: State, own: readonly OwnPort[]): Promise<readonly string[]> {
  const { records } = await state.services.listReadable();
  const wanted = records.map(({ value }) => value).filter(({ paused, removing }) => !paused && !removing);
  const revisions = await Promise.all(
    wanted.map(({ project, name, revision }) => ifReadable(state.revisions.get(project, name, revision))),
  );
  return revisions.flatMap((revision) => (revision && ownPortWarning(revision.value.spec, own)) ?? []);
}
