import type { Situation } from '../../core/certificates/situation.ts';
import type { State } from '../../store/state.ts';

/** What is kept of certificates. */
export type KeptSituation = Pick<Situation, 'certificates' | 'orders' | 'attempts' | 'wishes'>;

/** A record that cannot be read is as if it were not there: its name gets another certificate. */
export async function readSituation(state: State): Promise<KeptSituation> {
  const [certificates, orders, attempts, wishes] = await Promise.all([
    state.certificates.listReadable(),
    state.certificateOrders.listReadable(),
    state.certificateAttempts.listReadable(),
    state.renewalWishes.listReadable(),
  ]);
  return {
    certificates: certificates.records.map(({ value }) => value),
    orders: orders.records.map(({ value }) => value),
    attempts: attempts.records.map(({ value }) => value),
    wishes: wishes.records.map(({ value }) => value),
  };
}
