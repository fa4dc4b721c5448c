/** The address of a service on all nodes, given to it once: programs may keep to it for as long as they run. */
export interface ServiceAddress {
  readonly project: string;
  readonly name: string;
  /** One of `SERVICE_ADDRESSES` in core/names. */
  readonly address: string;
}
