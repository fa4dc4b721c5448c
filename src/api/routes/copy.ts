import { Readable } from 'node:stream';
import { archive, type PathAnswer, stat, unpack } from '../../contract/copy.ts';
import { requireSeen } from '../../core/copy/require-seen.ts';
import type { Task } from '../../core/model/task.ts';
import type { Engine } from '../../engine/engine.ts';
import { findService } from '../observing/find-service.ts';
import { ok } from '../reply.ts';
import { type Call, type Route, route } from '../route.ts';
import { readingProcess, writingProcess } from '../sessions/copies.ts';
import { runningTask } from '../sessions/running-task.ts';
import type { ExecRoutesOptions } from './exec.ts';

/** Two blocks of zeros: an archive with nothing in it. */
const EMPTY = Buffer.alloc(1024);

/** Files into and out of running containers. */
export function copyRoutes({ state, engines, world, sessions }: ExecRoutesOptions): readonly Route[] {
  const taskOf = async ({ params, query, caller }: Pick<Call<typeof archive>, 'params' | 'query' | 'caller'>) => {
    const service = (await findService(state, caller, params.name, query.project)).value;
    const tasks = (await state.tasks.list(service.project, service.name)).map(({ value }) => value);
    return runningTask({ service, tasks, world, wanted: query.task });
  };
  const requireSeenIn = async ({ project, service, revision }: Task, path: string): Promise<void> => {
    const found = await state.revisions.get(project, service, revision);
    requireSeen(path, Object.keys(found?.value.spec.tmpfs ?? {}));
  };
  const about = ({ project, service, id }: Task, { requestId, query }: Call<typeof archive>) => ({
    request_id: requestId,
    project,
    service,
    task: id,
    path: query.path,
  });

  return [
    route(stat, async (call) => {
      const { path, follow } = call.query;
      const task = await taskOf(call);
      await requireSeenIn(task, path);
      const engine = engines.of(task.node);
      const found = await engine.statPath(task.id, path);
      if (follow !== true || found?.linkTarget === undefined) return ok(answer(task, path, found));
      await requireSeenIn(task, found.linkTarget);
      return ok(answer(task, found.linkTarget, await engine.statPath(task.id, found.linkTarget)));
    }),
    route(archive, (call) =>
      sessions.open(call, async () => {
        const task = await taskOf(call);
        await requireSeenIn(task, call.query.path);
        const process = readingProcess(await engines.of(task.node).readArchive(task.id, call.query.path));
        return { process, about: about(task, call), end: async () => process.close(), what: 'copy' };
      }),
    ),
    route(unpack, (call) =>
      sessions.open(call, async () => {
        const task = await taskOf(call);
        const { path } = call.query;
        await requireSeenIn(task, path);
        const engine = engines.of(task.node);
        // What stands in the way is told before anything is sent: an engine that refuses in the middle only hangs up.
        await engine.writeArchive(task.id, path, Readable.from([EMPTY]));
        const process = writingProcess((bytes, signal) => engine.writeArchive(task.id, path, bytes, signal));
        return { process, about: about(task, call), end: async () => process.close(), what: 'copy' };
      }),
    ),
  ];
}

function answer({ id, slot }: Task, path: string, found: Awaited<ReturnType<Engine['statPath']>>) {
  const file = found && {
    name: found.name,
    kind: found.kind,
    size: found.size,
    mode: found.mode,
    modified_at: found.modifiedAt,
    link_target: found.linkTarget ?? null,
  };
  return { task: id, slot, path, file: file ?? null } satisfies PathAnswer;
}
