import { type EventData, events } from '../../contract/events.ts';
import { OrcaError } from '../../core/errors.ts';
import type { DecisionEvent } from '../../core/model/event.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import type { Store, WatchBatch } from '../../store/contract.ts';
import { EVENTS_PREFIX, type State } from '../../store/state.ts';
import { beating } from '../observing/beating.ts';
import { isGap } from '../observing/mirror.ts';
import { type Route, route } from '../route.ts';

const BEAT = 15_000;

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
export const eventRoutes = ({ state }: { readonly state: State }): readonly Route[] => [
  route(events, async ({ query, caller, signal, lastEventId }) => {
    const { store } = state;
    const now = await revisionOf(store);
    const after = lastEventId === undefined ? query.after : revisionFrom(lastEventId);
    const mine = (event: DecisionEvent) =>
      mayRead(caller, event) &&
      (query.project === undefined || event.project === query.project) &&
      (query.service === undefined || event.service === query.service);
    const messages = tail({ state, after: after ?? now, now, mine, signal });
    return { status: 200, type: 'text/event-stream', stream: beating(messages, ': waiting\n\n', BEAT) };
  }),
];

/** What concerns no project concerns the whole cluster. */
const mayRead = (caller: Caller, { project }: DecisionEvent): boolean =>
  project === undefined ? caller.projects === undefined : reaches(caller, project);

/** Something that is no revision, or one of another store, is a gap. */
const revisionFrom = (id: string): number => (/^\d{1,15}$/.test(id) ? Number(id) : Number.POSITIVE_INFINITY);

const revisionOf = async (store: Store): Promise<number> =>
  (await store.range({ prefix: EVENTS_PREFIX, limit: 1 })).revision;

interface TailOptions {
  readonly state: State;
  readonly after: number;
  readonly now: number;
  readonly mine: (event: DecisionEvent) => boolean;
  readonly signal: AbortSignal;
}

/** From a revision on. A gap (compacted, or another store's revision) is told, and it goes on from now. */
async function* tail({ state, after, now, mine, signal }: TailOptions): AsyncGenerator<string> {
  const { store } = state;
  let from = after;
  yield `retry: 2000\n: from ${Math.min(after, now)}\n\n`;
  if (after > now) {
    from = now;
    yield reset(now);
  }
  while (!signal.aborted) {
    try {
      for await (const batch of store.watch({ prefix: EVENTS_PREFIX, after: from, signal })) {
        const text = messagesOf(state, batch, mine);
        if (text !== '') yield text;
        from = batch.revision;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isGap(error)) return yield lost(error);
      from = await revisionOf(store);
      yield reset(from);
    }
  }
}

function messagesOf(
  { events }: State,
  { revision, changes }: WatchBatch,
  mine: (event: DecisionEvent) => boolean,
): string {
  const put = changes.flatMap((change) => (change.type === 'put' ? (events.read(change.entry)?.value ?? []) : []));
  return put
    .filter(mine)
    .map((event) => `id: ${revision}\nevent: ${event.kind}\ndata: ${JSON.stringify(present(event))}\n\n`)
    .join('');
}

const reset = (revision: number): string => `id: ${revision}\nevent: reset\ndata: {"revision":${revision}}\n\n`;

/** The stream ends; the client comes back by itself, with the last id it has seen. */
const lost = (error: unknown): string =>
  `: ${error instanceof OrcaError ? error.message.replace(/\s+/g, ' ') : 'the stream ends'}\n\n`;

const present = (event: DecisionEvent): EventData => ({
  at: event.at,
  project: event.project ?? null,
  name: event.name,
  service: event.service ?? null,
  from: event.from ?? null,
  to: event.to ?? null,
  reason: event.reason,
});
