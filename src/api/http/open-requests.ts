import { OrcaError } from '../../core/errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { LOCAL } from '../../identity/local-caller.ts';

/** Of one token: streams that are read, and deploys that are waited for, among them. */
export const MAX_OPEN = 100;

/** Counts the requests of each token that are not answered to their end. */
export interface OpenRequests {
  /**
   * Before anything is done, so that what is refused has not happened.
   *
   * @param over aborts with the end of the answer
   * @throws OrcaError `unavailable`
   */
  begin(caller: Caller, over: AbortSignal): void;
}

export function createOpenRequests(): OpenRequests {
  const open = new Map<string, number>();
  const change = (id: string, by: number): void => {
    const count = (open.get(id) ?? 0) + by;
    if (count > 0) open.set(id, count);
    else open.delete(id);
  };
  return {
    begin({ id, name }, over) {
      if (over.aborted) return;
      if ((open.get(id) ?? 0) >= MAX_OPEN)
        throw tooManyOpen(id === LOCAL.id ? 'the socket of this machine' : `the token "${name}"`);
      change(id, 1);
      over.addEventListener('abort', () => change(id, -1), { once: true });
    },
  };
}

const tooManyOpen = (who: string): OrcaError =>
  new OrcaError('unavailable', `${who} has ${MAX_OPEN} requests open`, {
    hint: 'end some of its event streams, followed logs and deploys that are waited for, or use another token',
    details: { limit: MAX_OPEN },
  });
