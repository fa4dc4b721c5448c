/** A CA that speaks ACME (RFC 8555), in the few calls that orca needs. Each rejects with AcmeFailure. */
export interface Ca {
  /** What must be agreed to, and whether the CA wants an account one has with it. */
  meta(): Promise<CaMeta>;
  /** Makes the account, or finds the one with this key. @returns its URL */
  register(email: string | undefined): Promise<string>;
  /** Asks for a certificate of one name. @returns the order's URL */
  order(name: string): Promise<string>;
  /** How an order gets on. @param url as `order` returned it */
  look(url: string): Promise<OrderState>;
  /** Says that the answer to a challenge can be asked for now. */
  ready(challenge: Challenge): Promise<void>;
  /** @param request PKCS #10, PEM */
  finalize(order: OrderState, request: string): Promise<void>;
  /** @returns PEM, the leaf first */
  download(order: OrderState): Promise<string>;
}

export interface CaMeta {
  readonly terms: string | undefined;
  readonly needsBinding: boolean;
}

export interface OrderState {
  readonly url: string;
  /** `invalid` is none of them: it is thrown, with the reason. */
  readonly status: 'pending' | 'ready' | 'processing' | 'valid';
  readonly finalize: string;
  readonly certificate: string | undefined;
  /** Those of a pending order that are not answered for yet. */
  readonly challenges: readonly Challenge[];
}

export type ChallengeType = 'http-01' | 'tls-alpn-01';

export interface Challenge {
  readonly type: ChallengeType;
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly keyAuthorization: string;
  /** The CA was told before that it may ask. */
  readonly isTold: boolean;
}
