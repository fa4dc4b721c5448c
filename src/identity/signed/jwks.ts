import { OrcaError } from '../../core/errors.ts';
import type { FetchedKeys } from './fetch-jwks.ts';
import { type KeySource, matching } from './key-source.ts';

export interface JwksOptions {
  readonly url: string;
  readonly clock: { now(): number };
  readonly fetch: (url: string) => Promise<FetchedKeys>;
  /** Each time the keys cannot be had, with the reason. */
  readonly onProblem: (reason: string) => void;
}

const MINUTE = 60_000;
/** How long keys are used without asking again: as the issuer says, within these. */
const [LEAST_AGE, USUAL_AGE, MOST_AGE] = [MINUTE, 10 * MINUTE, 60 * MINUTE];
/** For a key that is not known: tokens with made up names of keys must not make us ask more often. */
const ASKED_AGAIN = MINUTE;
/** After a failure. */
const TRIED_AGAIN = 10_000;
/** While the issuer is away its last keys are used for so long. */
const STALE = 24 * 60 * MINUTE;

/** The keys at an address of the settings: asked for when they are needed, kept, asked for again when they may have changed. */
export function createJwks({ url, clock, fetch, onProblem }: JwksOptions): KeySource {
  let held: (FetchedKeys & { readonly at: number; readonly until: number }) | undefined;
  let tried: { readonly at: number; readonly problem?: string } | undefined;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const at = clock.now();
    try {
      const found = await fetch(url);
      held = { ...found, at, until: at + Math.min(MOST_AGE, Math.max(LEAST_AGE, found.maxAge ?? USUAL_AGE)) };
      tried = { at };
    } catch (error) {
      tried = { at, problem: (error as Error).message };
      onProblem((error as Error).message);
    }
  }

  /** One at a time, and not before so long after the last. */
  async function askAfter(pause: number): Promise<void> {
    if (!asking && tried && clock.now() - tried.at < pause) return;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    await asking;
  }

  return {
    async find(kid) {
      if (!held || clock.now() >= held.until) await askAfter(tried?.problem === undefined ? 0 : TRIED_AGAIN);
      if (held && matching(held.keys, kid).length === 0) await askAfter(ASKED_AGAIN);
      if (!held || clock.now() - held.at > STALE) throw away(url, tried?.problem);
      return matching(held.keys, kid);
    },
  };
}

const away = (url: string, problem: string | undefined): OrcaError =>
  new OrcaError('unavailable', `the keys at ${url} cannot be read: ${problem ?? 'not asked yet'}`, {
    hint: 'try again in a minute; the server must reach this address, which stands in its `auth.issuers`',
  });
