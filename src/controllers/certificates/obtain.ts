import { makeAlpnCertificate } from '../../acme/alpn-certificate.ts';
import type { Ca, Challenge, OrderState } from '../../acme/ca.ts';
import { AcmeFailure } from '../../acme/failure.ts';
import type { Board } from './board.ts';

export interface ObtainOptions {
  readonly ca: Ca;
  readonly board: Pick<Board, 'show'>;
  /** Ms. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Looks at an order at most: each is followed by a pause, so that this is more than a minute. */
const MOST_LOOKS = 40;
const PAUSES = { first: 250, longest: 3_000 };

/**
 * Follows an order from wherever it is to its certificate: shows the CA what it asks for, then has it sign.
 *
 * @param url as the CA gave it
 * @param request PKCS #10, PEM
 * @returns the chain, PEM. @throws AcmeFailure
 */
export async function obtain(options: ObtainOptions, url: string, request: () => Promise<string>): Promise<string> {
  const { ca, pause, signal } = options;
  const shown = new Map<string, () => void>();
  try {
    let wait = PAUSES.first;
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const order = await ca.look(url);
      if (order.status === 'valid') return await ca.download(order);
      if (order.status === 'ready') await ca.finalize(order, await request());
      else await prove(options, order, shown);
      await pause(wait, signal);
      wait = Math.min(PAUSES.longest, wait * 1.5);
    }
  } finally {
    for (const takeBack of shown.values()) takeBack();
  }
  throw new AcmeFailure('away', 'the CA has not come to an end with the order', {
    hint: 'nothing: orca goes on with the same order later',
  });
}

/** Each challenge is shown once; the CA is told once that it may ask, whoever told it. */
async function prove({ ca, board, signal }: ObtainOptions, { challenges }: OrderState, shown: Map<string, () => void>) {
  for (const challenge of challenges.filter(({ token }) => !shown.has(token))) {
    const { name, keyAuthorization } = challenge;
    const alpn = challenge.type === 'tls-alpn-01' ? await makeAlpnCertificate(name, keyAuthorization) : undefined;
    shown.set(challenge.token, await board.show({ ...answerOf(challenge), alpn }, signal));
    if (!challenge.isTold) await ca.ready(challenge);
  }
}

const answerOf = ({ name, token, keyAuthorization }: Challenge) => ({ name, token, keyAuthorization });
