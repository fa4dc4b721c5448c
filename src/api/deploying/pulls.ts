import type { Plan } from '../../contract/plan.ts';
import { OrcaError } from '../../core/errors.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { Engine, PullForecast } from '../../engine/engine.ts';
import type { Prepared } from './prepare.ts';
import { warningOf } from './warning.ts';

export interface Pulls {
  readonly pull: Plan['pull'];
  /** Of each service whose image does not fit on the disk. */
  readonly warnings: readonly string[];
}

/** Registries asked at once. */
const PARALLEL = 4;

/** What would be pulled, each image once, with its size where that is known. */
export async function pullsOf(engine: Pick<Engine, 'foreseePull'>, wishes: readonly Prepared[]): Promise<Pulls> {
  const pulled = wishes.filter(({ needsPull, refusal }) => needsPull && !refusal);
  const byName = [...Map.groupBy(pulled, imageNamed)];
  const found: { readonly pull: Plan['pull'][number]; readonly warnings: readonly string[] }[] = [];
  for (let at = 0; at < byName.length; at += PARALLEL)
    found.push(...(await Promise.all(byName.slice(at, at + PARALLEL).map((one) => pullOf(engine, one)))));
  return { pull: found.map(({ pull }) => pull), warnings: found.flatMap(({ warnings }) => warnings) };
}

async function pullOf(
  engine: Pick<Engine, 'foreseePull'>,
  [image, wishes]: readonly [string, readonly Prepared[]],
): Promise<{ readonly pull: Plan['pull'][number]; readonly warnings: readonly string[] }> {
  const { bytes = null, refusal } = await foreseen(engine, wishes[0]);
  const warnings = refusal === undefined ? [] : wishes.map(({ spec }) => warningOf(spec, refusal));
  return { pull: { image, bytes }, warnings };
}

/** A plan does without: the pull looks again. */
async function foreseen(engine: Pick<Engine, 'foreseePull'>, wish: Prepared | undefined): Promise<PullForecast> {
  if (!wish?.image) return {};
  try {
    return await engine.foreseePull(wish.image);
  } catch (error) {
    if (error instanceof OrcaError) return {};
    throw error;
  }
}

/** An earlier revision's is asked for by its digest. */
const imageNamed = ({ spec, image, rollbackOf }: Prepared): string =>
  rollbackOf === undefined ? shownImage(spec) : (image?.pinned ?? shownImage(spec));
