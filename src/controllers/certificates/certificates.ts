import { planCertificates } from '../../core/certificates/plan.ts';
import type { CertificateStep, Situation } from '../../core/certificates/situation.ts';
import type { AcmeAgreement } from '../../core/model/certificate.ts';
import type { Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Commit } from '../commit.ts';
import { watchRecords } from '../joined/watch-records.ts';
import { createLoop } from '../loop.ts';
import { rememberRevisions } from '../services/revisions.ts';
import type { Board } from './board.ts';
import { readBrought } from './brought.ts';
import type { InternalCa } from './internal.ts';
import type { Orders } from './orders.ts';
import { readSituation } from './read-situation.ts';
import { createServed } from './served.ts';
import { type BroughtNames, type OwnedName, wantedNames } from './wanted.ts';

export interface CertificatesOptions {
  readonly state: State;
  readonly vault: Pick<Vault, 'open'>;
  readonly commit: Commit;
  readonly board: Pick<Board, 'serve'>;
  readonly orders: Orders;
  readonly internal: InternalCa;
  /** URL of the ACME directory that is set. */
  readonly authority: string;
  /** Epoch ms, of this machine as it is: certificates go by it. */
  readonly clock: { now(): number };
  readonly log: Log;
}

/** Sees to it that every name of a service has a certificate, and that data planes have all of them. */
export interface Certificates {
  /** Until the signal; what is under way then goes on in the next life. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOP = 'certificates';
/** However far off the next thing is: the machine's clock may be set meanwhile. */
const LOOK_EVERY = 60_000;
/** What changes what is to be done. */
const WATCHED = ['services/', 'renewal-wishes/', 'acme-agreements/', 'secrets/'];

export function createCertificates(options: CertificatesOptions): Certificates {
  const { state, commit, board, orders, internal, authority, clock, log } = options;
  const readRevision = rememberRevisions(state);
  const served = createServed(options.vault);
  /** Names whose order is followed, until it has ended. */
  const busy = new Map<string, Promise<void>>();

  async function look(signal: AbortSignal): Promise<number> {
    const { names: wanted, brought } = await wantedNames(state, readRevision);
    const agreement = (await state.acmeAgreements.get(encodeURIComponent(authority)))?.value;
    const kept = await readSituation(state);
    const ca = { authority, agreed: agreement !== undefined };
    const now = clock.now();
    const situation: Situation = { ...kept, wanted, ca, busy: new Set(busy.keys()), now };
    const { steps, wakeAt = Number.POSITIVE_INFINITY } = planCertificates(situation);
    await serve(brought, now); // First: whoever shows an answer to a CA gives what is served beside it.
    for (const step of steps) await apply(step, wanted, agreement, signal);
    await serve(brought, now);
    return Math.min(wakeAt, now + LOOK_EVERY);
  }

  /** What a service brings comes first: of two for one name the first is served. */
  const serve = async (brought: readonly BroughtNames[], now: number): Promise<void> => {
    const own = await readBrought(state, options.vault, brought);
    const { records } = await state.certificates.listReadable();
    const issued = records.map(({ value }) => value);
    board.serve([...own, ...served(issued, now)]);
  };

  async function apply(
    step: CertificateStep,
    wanted: readonly OwnedName[],
    agreement: AcmeAgreement | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const owned = wanted.find(({ name }) => name === step.name);
    log.debug({ ...step }, 'certificates');
    if (step.kind === 'forget') return commit([], [forget(step)]);
    if (owned && step.kind === 'sign') return internal.sign(owned);
    if (owned && agreement) follow(agreement, owned, signal);
  }

  const forget = ({ what, name }: Extract<CertificateStep, { kind: 'forget' }>): Op => {
    const kept = {
      certificate: state.certificates,
      order: state.certificateOrders,
      attempt: state.certificateAttempts,
      wish: state.renewalWishes,
    };
    return { delete: kept[what].key(name) };
  };

  function follow(agreement: AcmeAgreement, owned: OwnedName, signal: AbortSignal): void {
    const { name } = owned;
    const ended = orders
      .follow(agreement, owned, signal)
      .catch((err: unknown) => {
        log.error({ err, name }, 'a certificate could not be seen to');
      })
      .finally(() => {
        busy.delete(name);
        loop?.notice(LOOP);
      });
    busy.set(name, ended);
  }

  let loop: ReturnType<typeof createLoop> | undefined;

  return {
    async run(signal) {
      loop = createLoop({
        reconcile: () => look(signal),
        clock,
        onError: (_, err, retryIn) => log.warn({ err, retryIn }, 'certificates could not be seen to'),
      });
      const notice = () => loop?.notice(LOOP);
      const watches = WATCHED.map((prefix) => watchRecords({ state, prefix, log, onChange: notice }, signal));
      await Promise.all([loop.run(signal), ...watches]);
      await Promise.all(busy.values());
    },
  };
}
