/** A line of the decision log: what changed, and why, in the words of the rule that decided. */
export interface DecisionEvent {
  readonly kind: 'deployment' | 'task' | 'service' | 'node';
  readonly at: number;
  readonly project?: string | undefined;
  /** Service, task id, deployment id or node name. */
  readonly name: string;
  readonly service?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly reason: string;
}
