import { AcmeFailure } from '../../acme/failure.ts';
import { type Failure, failed } from '../../core/certificates/retry.ts';
import {
  type AcmeAgreement,
  type CertificateOrder,
  keyOfCertificate,
  keyOfOrder,
} from '../../core/model/certificate.ts';
import { newPrivateKey } from '../../identity/certificates/key.ts';
import { makeSigningRequest } from '../../identity/certificates/signing-request.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Commit } from '../commit.ts';
import type { Accounts } from './accounts.ts';
import type { Board } from './board.ts';
import { issuedFacts } from './issued.ts';
import { type LeadsHere, NotHere } from './leads-here.ts';
import { obtain } from './obtain.ts';
import { say } from './say.ts';
import type { OwnedName } from './wanted.ts';

export interface OrdersOptions {
  readonly state: State;
  readonly vault: Pick<Vault, 'sealing' | 'open'>;
  readonly commit: Commit;
  readonly accounts: Accounts;
  readonly board: Board;
  /** Undefined: every name is ordered, wherever it leads. */
  readonly leadsHere: LeadsHere | undefined;
  readonly clock: { now(): number };
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

export interface Orders {
  /** Orders a certificate for a name, or goes on with its order, to the end; what comes of it is stored. Never rejects for what a CA did. */
  follow(agreement: AcmeAgreement, owned: OwnedName, signal: AbortSignal): Promise<void>;
}

export function createOrders(options: OrdersOptions): Orders {
  const { state, vault, commit, accounts, board, leadsHere, clock, pause, log } = options;

  /** It is stored before the CA is asked: whoever comes after a kill knows that something may be under way. */
  async function begin(authority: string, name: string): Promise<Stored<CertificateOrder>> {
    const found = await state.certificateOrders.get(name);
    if (found?.value.authority === authority) return found;
    await vault.sealing(async (seal) => {
      const key = seal(keyOfOrder(name), newPrivateKey());
      const order: CertificateOrder = { name, authority, key, startedAt: clock.now() };
      await commit([], [state.certificateOrders.put(order)]);
    });
    return stored(name);
  }

  async function stored(name: string): Promise<Stored<CertificateOrder>> {
    const found = await state.certificateOrders.get(name);
    if (found) return found;
    throw new Error(`the order of ${name} is gone`);
  }

  const place = async (order: Stored<CertificateOrder>, url: string): Promise<void> =>
    commit([unchanged(order)], [state.certificateOrders.put({ ...order.value, url })]);

  async function run(agreement: AcmeAgreement, owned: OwnedName, signal: AbortSignal): Promise<void> {
    const { name } = owned;
    const isUnderWay = (await state.certificateOrders.get(name))?.value.authority === agreement.authority;
    if (!isUnderWay) await leadsHere?.(name, signal);
    await begin(agreement.authority, name);
    const chain = await accounts.use(agreement, signal, async (ca) => {
      const order = await stored(name);
      const url = order.value.url ?? (await ca.order(name));
      if (order.value.url === undefined) await place(order, url);
      return obtain({ ca, board, pause, signal }, url, async () => makeSigningRequest(await keyOf(name), name, [name]));
    });
    await keep(owned, chain);
  }

  const keyOf = async (name: string): Promise<string> => vault.open(keyOfOrder(name), (await stored(name)).value.key);

  /** The certificate is there, and its order is over, at one moment. */
  const keep = (owned: OwnedName, chain: string): Promise<void> =>
    vault.sealing(async (seal) => {
      const { name } = owned;
      const order = await stored(name);
      const key = await keyOf(name);
      const facts = issuedFacts(name, key, chain);
      const { authority } = order.value;
      const issuedAt = clock.now();
      const sealed = seal(keyOfCertificate(name), key);
      const certificate = { name, source: 'acme' as const, authority, chain, key: sealed, issuedAt, ...facts };
      await commit(
        [unchanged(order)],
        [
          state.certificates.put(certificate),
          state.certificateOrders.remove(order.value),
          { delete: state.certificateAttempts.key(name) },
          say(state, owned, issuedAt, `issued by ${facts.issuer}`),
        ],
      );
      log.info({ name, issuer: facts.issuer, until: new Date(facts.until).toISOString() }, 'a certificate was issued');
    });

  async function noteFailure(owned: OwnedName, failure: Omit<Failure, 'name'>, isOver: boolean): Promise<void> {
    const { name } = owned;
    const now = clock.now();
    const before = (await state.certificateAttempts.get(name))?.value;
    const attempt = failed({ ...failure, name }, before, now);
    const over = isOver ? [{ delete: state.certificateOrders.key(name) }] : [];
    const isNews = before?.error !== attempt.error;
    await commit(
      [],
      [state.certificateAttempts.put(attempt), ...over, ...(isNews ? [say(state, owned, now, failure.error)] : [])],
    );
    log.warn({ name, reason: failure.error, retryAt: new Date(attempt.retryAt).toISOString() }, 'no certificate yet');
  }

  return {
    async follow(agreement, owned, signal) {
      try {
        await run(agreement, owned, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof NotHere)
          return noteFailure(owned, { stage: 'check', error: error.message, hint: error.hint }, false);
        if (!(error instanceof AcmeFailure)) throw error;
        const { message, hint, retryIn, kind } = error;
        const notBefore = retryIn === undefined ? undefined : clock.now() + retryIn;
        await noteFailure(owned, { stage: 'order', error: message, hint, notBefore }, kind === 'refused');
      }
    },
  };
}
