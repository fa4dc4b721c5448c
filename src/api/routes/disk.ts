import { diskUse, prune } from '../../contract/disk.ts';
import { presentDisk } from '../disk/present.ts';
import { createPrune } from '../disk/prune.ts';
import { type SurveyOptions, survey } from '../disk/survey.ts';
import { nodeNamed } from '../nodes/change.ts';
import { readNodeNames } from '../observing/node-names.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

/** What takes room on the nodes, and its removal. */
export function diskRoutes(options: SurveyOptions): readonly Route[] {
  const { state } = options;
  const pruning = createPrune(options);
  const idOf = async (named: string | undefined) =>
    named === undefined ? undefined : (await nodeNamed(state, named)).value.id;
  return [
    route(diskUse, async ({ query }) => {
      const found = await survey(options, await readNodeNames(state), await idOf(query.node));
      return ok(await presentDisk(found, state));
    }),
    route(prune, async ({ body }) =>
      ok(await pruning({ ...body, node: await idOf(body.node) }, await readNodeNames(state))),
    ),
  ];
}
