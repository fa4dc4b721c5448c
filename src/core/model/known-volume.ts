/** A volume of an engine that orca has made or taken over. The volume itself is the engine's; this is what orca knows of its past. */
export interface KnownVolume {
  readonly project: string;
  readonly name: string;
  /** The node whose engine has it. */
  readonly node: string;
  /** `making` until its root directory is set: nothing has used it before that. */
  readonly state: 'making' | 'ready';
  /** It was there before, and bears no label of orca's. */
  readonly adopted?: true | undefined;
  /** As its root directory was set. */
  readonly owner?: string | undefined;
  readonly mode?: string | undefined;
  /** When orca made it or took it over. Epoch ms. */
  readonly at: number;
}
