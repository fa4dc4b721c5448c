import type { Endpoint } from '../../contract/endpoint.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Caller, Identity } from '../../identity/authenticate.ts';
import { LOCAL } from '../../identity/local-caller.ts';
import { ANYONE } from '../route.ts';

/** How often it is looked whether the tokens of those who listen are tokens still, ms. */
const LOOK = 1_000;

/**
 * Ends what would go on without end after its token is none any more: events, logs that are followed, commands. An answer that
 * ends by itself is told to its end, such as that of a deploy by a pipeline whose token is for five minutes.
 */
export interface Lapses {
  /** @param over aborts with the end of the answer. @returns aborts with an OrcaError that says what became of the token */
  of(caller: Caller, produces: Endpoint['produces'], over: AbortSignal): AbortSignal;
}

interface Watched {
  readonly caller: Caller;
  /** Nobody wants half of what a command does: it ends when its token is taken away, not when that expires. */
  readonly outlivesExpiry: boolean;
  readonly end: AbortController;
}

const ENDLESS: readonly Endpoint['produces'][] = ['sse', 'text', 'websocket'];

export function createLapses(identity: Pick<Identity, 'standing'>): Lapses {
  const watched = new Set<Watched>();
  let isLooking = false;

  async function look(): Promise<void> {
    for (const some of Map.groupBy(watched, ({ caller }) => caller.id).values()) {
      const [first] = some;
      // A store that cannot be read says nothing about a token.
      const standing = first && (await identity.standing(first.caller).catch(() => 'in-force' as const));
      for (const { caller, outlivesExpiry, end } of some) {
        if (standing === 'gone') end.abort(ended(`the token "${caller.name}" was removed or replaced`));
        if (standing === 'expired' && !outlivesExpiry) end.abort(ended(`the token "${caller.name}" has expired`));
      }
    }
    isLooking = false;
    lookLater();
  }

  function lookLater(): void {
    if (isLooking || watched.size === 0) return;
    isLooking = true;
    setTimeout(look, LOOK).unref();
  }

  return {
    of(caller, produces, over) {
      const end = new AbortController();
      if (over.aborted || caller === LOCAL || caller === ANYONE || !ENDLESS.includes(produces)) return end.signal;
      const one = { caller, outlivesExpiry: produces === 'websocket', end };
      watched.add(one);
      over.addEventListener('abort', () => watched.delete(one), { once: true });
      lookLater();
      return end.signal;
    },
  };
}

const ended = (message: string): OrcaError =>
  new OrcaError('unauthorized', message, { hint: 'log in with another token' });
