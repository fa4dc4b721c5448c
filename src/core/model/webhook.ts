/** What a git provider may tell of: a push to `branch` of `repo` deploys `services` again. */
export interface Webhook {
  /** Random. */
  readonly id: string;
  /** `owner/name`, without the provider's host. */
  readonly repo: string;
  readonly branch: string;
  readonly project: string;
  /** Deployed together. */
  readonly services: readonly string[];
  /** Encrypted, for this record's place. */
  readonly secret: string;
  /** The name of the token that made it. */
  readonly createdBy: string;
  readonly createdAt: number;
  /** How often one of its deliveries was put into the queue. */
  readonly turns: number;
}

export const PROVIDERS = ['github', 'gitea', 'forgejo', 'gitlab', 'bitbucket'] as const;
export type Provider = (typeof PROVIDERS)[number];

/**
 * `queued`: recorded, not deployed yet. `superseded`: a newer one came before it was deployed. `ping`: the provider asked
 * whether anyone is there.
 */
export const DELIVERY_OUTCOMES = [
  'queued',
  'deployed',
  'unchanged',
  'ignored',
  'superseded',
  'failed',
  'ping',
] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** What became of one service of a delivery. */
export interface PushedOutcome {
  readonly name: string;
  readonly deployment?: number | undefined;
  readonly refusal?: string | undefined;
}

/** One delivery to one webhook, as it was received and what came of it. */
export interface Delivery {
  readonly webhook: string;
  /** Made of the provider's id, which may be any text. */
  readonly key: string;
  /** The provider's id of it. */
  readonly delivery: string;
  readonly at: number;
  readonly provider: Provider;
  /** As the provider calls it. */
  readonly event: string;
  /** SHA-256 of its body. */
  readonly digest: string;
  readonly ref?: string | undefined;
  readonly commit?: string | undefined;
  readonly outcome: DeliveryOutcome;
  /** One sentence: why it has this outcome, or what it waits for. */
  readonly reason: string;
  /** That it began or joined. */
  readonly deployments: readonly number[];
  /** Services that it is done with while others of it wait: whatever becomes of them, it does not deploy them again. */
  readonly done?: readonly PushedOutcome[] | undefined;
  /** Its turn in the queue, from 1; a newer one gets a higher turn, and so does one that is put back. */
  readonly turn: number;
  /** When it was last put into the queue. Epoch ms. */
  readonly queuedAt: number;
}

/** Finds a delivery by its body: what the provider calls it stands outside of the signature. */
export interface DeliveryBody {
  readonly webhook: string;
  readonly digest: string;
  /** Of the delivery. */
  readonly key: string;
}
