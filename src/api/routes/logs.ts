import { DEFAULT_TAIL, logs } from '../../contract/logs.ts';
import { notFound } from '../../core/errors.ts';
import type { State } from '../../store/state.ts';
import { follow } from '../logs/follow.ts';
import { createMarks } from '../logs/marks.ts';
import type { TaskLine } from '../logs/merge.ts';
import { type LogSources, type LogWish, matching, readHistory, roomFor } from '../logs/service-log.ts';
import { sinceOf } from '../logs/since.ts';
import { logText } from '../logs/text.ts';
import { findService } from '../observing/find-service.ts';
import { isNamed } from '../observing/named-task.ts';
import { type Route, route } from '../route.ts';

export interface LogRoutesOptions extends LogSources {
  readonly state: State;
  readonly clock: { now(): number };
}

export function logRoutes(options: LogRoutesOptions): readonly Route[] {
  const { state, engines, clock } = options;
  return [
    route(logs, async ({ params, query, caller, signal, reserve }) => {
      const { project, name: service } = (await findService(state, caller, params.name, query.project)).value;
      const includes = isNamed(query.task);
      const tasks = (await state.tasks.list(project, service)).map(({ value }) => value).filter(includes);
      if (query.task !== undefined && tasks.length === 0) throw notFound('task', query.task);
      const now = clock.now();
      const since = query.since === undefined ? undefined : sinceOf(query.since, now);
      const wish: LogWish = { tail: query.tail ?? DEFAULT_TAIL, grep: query.grep ?? '', since, signal };
      const room = roomFor(tasks.length, wish);
      const held = await reserve(room.history);
      const marks = createMarks();
      const history = await readHistory(options, tasks, wish, marks);
      const more = query.follow
        ? follow({ state, engines, project, service, includes, from: now, marks, signal })
        : none();
      const onHistoryGone = () => held.shrink(query.follow ? room.following : 0);
      return {
        status: 200,
        type: 'text/plain',
        stream: logText({ history, more: matching(more, wish.grep), onHistoryGone }),
      };
    }),
  ];
}

async function* none(): AsyncGenerator<TaskLine> {}
