import type { History, RevisionBody, RevisionDiff } from '../../contract/history.ts';
import { isHidden } from '../../core/model/hidden-values.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { Revision } from '../../core/model/revision.ts';
import { diffSpecs, type SpecChange } from '../../core/model/spec-diff.ts';
import { type Past, succeededIn, wayBack } from '../../core/rollout/way-back.ts';
import type { Fingerprint } from '../../identity/fingerprint.ts';

/** Names of what changed, and no values: it is for viewers too. */
export function presentHistory(past: Past): History {
  const { service } = past;
  const oldestFirst = past.revisions.toSorted((a, b) => a.number - b.number);
  const good = succeededIn(past);
  const revisions = oldestFirst.map((one, index) => presentRevision(past, one, oldestFirst[index - 1], good));
  return {
    service: service.name,
    project: service.project,
    revisions: revisions.reverse(),
    rollback_to: wayBack(past)?.number ?? null,
  };
}

function presentRevision(
  { service, deployments }: Past,
  revision: Revision,
  before: Revision | undefined,
  good: ReadonlySet<number>,
): RevisionBody {
  const { number, spec, image, rollbackOf, by, createdAt, succeededAt } = revision;
  const brought = deployments.findLast(({ to, startedAt }) => to === number && startedAt >= service.createdAt);
  return {
    revision: number,
    current: number === service.revision,
    succeeded: good.has(number),
    image: shownImage(spec),
    digest: image?.digest ?? null,
    changed: before === undefined ? null : changesBetween(before, revision).map(({ path }) => path),
    rollback_of: rollbackOf ?? null,
    note: rollbackOf === undefined ? null : `rolled back to revision ${rollbackOf}`,
    by: by ?? null,
    created_at: createdAt,
    succeeded_at: succeededAt ?? null,
    deployment: brought?.id ?? null,
    outcome: brought?.state ?? null,
  };
}

/** In the manifest's words; the same tag may stand for another image. */
export function changesBetween(from: Revision, to: Revision): readonly SpecChange[] {
  const [before, after] = [from.image?.digest ?? null, to.image?.digest ?? null];
  const digest = before === after ? [] : [{ path: 'digest', from: before, to: after }];
  return [...diffSpecs(from.spec, to.spec), ...digest];
}

/** @param fingerprint in place of values that may be secret; undefined: they are shown */
export function presentDiff(from: Revision, to: Revision, fingerprint: Fingerprint | undefined): RevisionDiff {
  const { project, service } = to;
  const shown = (path: string, value: string | null): string | null =>
    value === null || fingerprint === undefined || !isHidden(path)
      ? value
      : fingerprint([project, service, path, value]);
  const diff = changesBetween(from, to).map(({ path, from: before, to: after }) => ({
    path,
    from: shown(path, before),
    to: shown(path, after),
  }));
  return { service, project, from: from.number, to: to.number, diff };
}
