import type { State } from '../../store/state.ts';
import { counted, type Samples, sample } from './samples.ts';

/** Of the webhooks of projects that one may know of, and of the deliveries that are kept. */
export async function webhookSamples(
  state: Pick<State, 'webhooks' | 'deliveries'>,
  sees: (project: string) => boolean,
): Promise<Samples> {
  const webhooks = (await state.webhooks.listReadable()).records.map(({ value }) => value);
  const seen = webhooks.filter(({ project }) => sees(project));
  const projects = new Map(seen.map(({ id, project }) => [id, project]));
  const deliveries = (await state.deliveries.listReadable()).records.map(({ value }) => value);
  const byProject = Map.groupBy(deliveries, ({ webhook }) => projects.get(webhook));
  return {
    orca_webhooks: Array.from(
      Map.groupBy(seen, ({ project }) => project),
      ([project, all]) => sample(all.length, { project }),
    ),
    orca_webhook_deliveries: [...byProject].flatMap(([project, all]) =>
      project === undefined
        ? []
        : counted(
            'outcome',
            all.map(({ outcome }) => outcome),
            { project },
          ),
    ),
  };
}
