import { OrcaError } from '../../core/errors.ts';
import type { Webhook } from '../../core/model/webhook.ts';
import type { Heading, Proof } from '../../core/webhooks/heading.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';
import { fits } from './proof.ts';

/** A signature that says when it was made counts for so long, ms. */
const SKEW = 5 * 60_000;

export interface SenderOptions {
  readonly state: State;
  readonly vault: Vault;
  readonly clock: { now(): number };
}

/**
 * The webhooks whose secret a delivery proves to know. Nothing of its body has been read as anything but bytes.
 *
 * @throws OrcaError `unauthorized`; `unavailable` if a secret cannot be read and no other fits
 */
export async function authenticate(
  { state, vault, clock }: SenderOptions,
  heading: Heading | undefined,
  body: Uint8Array,
): Promise<readonly Webhook[]> {
  const proof = requireProof(heading);
  if (proof.kind === 'mac' && proof.at !== undefined && Math.abs(clock.now() - proof.at) > SKEW) throw tooOld();
  const { records } = await state.webhooks.listReadable();
  const found: Webhook[] = [];
  let unread: unknown;
  for (const { value } of records) {
    try {
      if (await fits(vault.open(placeOf(value.id), value.secret), proof, body)) found.push(value);
    } catch (error) {
      unread = error;
    }
  }
  if (found.length > 0) return found;
  throw unread ?? nobodys();
}

/** What a secret is bound to. */
export const placeOf = (webhook: string): string => `webhooks/${webhook}`;

function requireProof(heading: Heading | undefined): Proof {
  if (heading?.proof) return heading.proof;
  const sender = heading ? ` of ${heading.provider}` : '';
  throw new OrcaError('unauthorized', `the delivery${sender} is not signed with HMAC-SHA256`, {
    hint: 'give the provider the secret that `orca webhooks add` printed',
  });
}

const nobodys = (): OrcaError =>
  new OrcaError('unauthorized', 'the signature fits no webhook', {
    hint: 'compare the secret at the provider with the one that `orca webhooks add` printed; `orca webhooks ls` lists webhooks',
  });

const tooOld = (): OrcaError =>
  new OrcaError('unauthorized', 'the delivery was signed more than 5 minutes before or after now', {
    hint: "compare the provider's clock with this server's",
  });
