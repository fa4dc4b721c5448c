import { diskUse, prune } from '../../contract/disk.ts';
import { presentDisk } from '../disk/present.ts';
import { createPrune, type PruneOptions } from '../disk/prune.ts';
import { survey } from '../disk/survey.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

/** What takes room, and its removal. */
export function diskRoutes(options: PruneOptions): readonly Route[] {
  const pruning = createPrune(options);
  return [
    route(diskUse, async () => ok(await presentDisk(await survey(options), options.state))),
    route(prune, async ({ body }) => ok(await pruning(body))),
  ];
}
