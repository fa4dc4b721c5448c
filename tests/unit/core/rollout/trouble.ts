/** What may happen to a world, and to which of its containers. */
export interface Trouble {
  readonly kind:
    | 'kill'
    | 'remove'
    | 'crash'
    | 'hang'
    | 'stick'
    | 'unstick'
    | 'engine-away'
    | 'engine-back'
    | 'ingress-away'
    | 'ingress-back'
    | 'server-away'
    | 'seen-late'
    | 'ack-slow'
    | 'ack-quick';
  readonly pick: number;
}
