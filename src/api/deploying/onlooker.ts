import type { PlannedService } from '../../contract/plan.ts';
import { isHidden, withoutGuesses } from '../../core/model/hidden-values.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { valuesOf } from '../../core/model/spec-diff.ts';
import type { Fingerprint } from '../../identity/fingerprint.ts';
import type { Prepared } from './prepare.ts';
import { warningOf } from './warning.ts';

type Diff = PlannedService['diff'];

/** In place of a value that was sent: whoever sent it knows it, and it is compared with nothing. */
const NOT_COMPARED = 'not compared';

/**
 * A wish as it is planned for one who may look and not deploy: with the values that run in place of those that he guesses,
 * and with the image that runs, as no registry is asked for him. What he is told then tells him nothing of either.
 */
export function asOnlooker(wish: Prepared, current: Revision | undefined): Prepared {
  const spec = withoutGuesses(wish.spec, current?.spec);
  const image = current?.spec.image === spec.image ? current.image : undefined;
  const left = [
    ...(image ? [] : [`no registry is asked for ${shownImage(spec)}`]),
    ...(kept(wish.spec, current?.spec).length > 0
      ? ['values of env, labels, command and entrypoint are not compared']
      : []),
  ];
  const warnings = left.map((what) => warningOf(spec, `${what}: this token may not deploy to ${spec.project}`));
  return { ...wish, spec, image, warnings: [...wish.warnings, ...warnings] };
}

/** What he is told of the values: of those that run their fingerprints. */
export function hideValues(
  diff: Diff,
  wished: ServiceSpec,
  current: ServiceSpec | undefined,
  fingerprint: Fingerprint,
): Diff {
  const { project, name } = wished;
  const mark = (path: string, value: unknown) => fingerprint([project, name, path, String(value)]);
  const told = diff.map((change) => {
    const { path, from, to } = change;
    if (!isHidden(path)) return change;
    return { path, from: from === null ? null : mark(path, from), to: to === null ? null : NOT_COMPARED };
  });
  const others = kept(wished, current).map(([path, value]) => ({ path, from: mark(path, value), to: NOT_COMPARED }));
  return [...told, ...others];
}

/** Values that run, of the keys that were asked for. */
function kept(wished: ServiceSpec, current: ServiceSpec | undefined): readonly (readonly [string, string])[] {
  if (!current) return [];
  const asked = valuesOf(wished);
  return [...valuesOf(current)].filter(([path]) => isHidden(path) && asked.has(path));
}
