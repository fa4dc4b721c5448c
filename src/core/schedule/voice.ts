/**
 * What tells of a task while its node's engine cannot be read, though the node is heard:
 *
 * - `serves`: the node's data plane probes it, and it answers
 * - `silent`: it does not answer, or nobody is there to ask it: it is as if its node were lost
 * - `untold`: nothing tells, or not yet
 */
export type Voice =
  | { readonly kind: 'serves' | 'silent' }
  | {
      readonly kind: 'untold';
      /** A clause. */
      readonly why: string;
      /** When time alone makes it `silent`. Epoch ms. */
      readonly until?: number | undefined;
    };
