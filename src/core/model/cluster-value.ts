/**
 * A single value of the cluster: its id, how many masters there have been, the last deployment's number, how often versions of
 * secrets and contents of files were taken away (whoever writes down that one is used compares it), how often names of nodes and
 * their CAs were changed (whoever changes one compares it).
 */
export interface ClusterValue {
  readonly name: 'identity' | 'term' | 'deployment' | 'removals' | 'nodes';
  readonly id?: string | undefined;
  readonly number?: number | undefined;
}
