/** A single value of the cluster: its id, how many masters there have been, the last deployment's number. */
export interface ClusterValue {
  readonly name: 'identity' | 'term' | 'deployment';
  readonly id?: string | undefined;
  readonly number?: number | undefined;
}
